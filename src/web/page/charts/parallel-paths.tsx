/** The lines of parallel coordinates. */
import { useMemo } from 'preact/hooks';
import type { ExperimentLine } from '../../answers.ts';
import { COLOURS } from './marks.ts';
import { lineOf, type ParallelAxis } from './parallel-axes.ts';
import type { ExperimentRows, RowGroup } from './row-groups.ts';

/** More lines are thinner. */
const MANY = 100;

interface PathsProps {
  readonly data: ExperimentRows;
  readonly groups: readonly RowGroup<ExperimentLine>[];
  readonly axes: readonly ParallelAxis[];
  /** The positions of the axes. */
  readonly places: readonly number[];
  /** Another line is in front of them. */
  readonly isBehind: boolean;
}

/** A path for each group, so that thousands of lines are few elements. Behind them are those of all rows. */
export function Paths({ data: { all, cellOf }, groups, axes, places, isBehind }: PathsProps) {
  const draw = (some: readonly ExperimentLine[]): string =>
    some.map((row) => lineOf(row, axes, (axis) => places[axis]!, cellOf)).join('');
  const others = useMemo(() => draw(all), [all, axes, places]);
  const paths = useMemo(
    () => groups.map((group) => ({ ...group, path: draw(group.rows) })),
    [groups, axes, places],
  );
  const isMany = groups.reduce((sum, group) => sum + group.rows.length, 0) > MANY;
  return (
    <>
      <path class="curve others" d={others} />
      {paths.map(({ name, colour, path }) => (
        <path
          key={name}
          class={`curve curve-${colour % COLOURS}${isBehind ? ' behind' : ''}${isMany ? ' many' : ''}`}
          d={path}
        />
      ))}
    </>
  );
}
