/**
 * Parallel coordinates: an axis for each chosen column of the table of experiments, and a line for each row. The rows that
 * the filter leaves out are faint. A range that is dragged on an axis becomes a part of the filter.
 */
import { memo } from 'preact/compat';
import { useMemo } from 'preact/hooks';
import type { ExperimentsAnswer } from '../../answers.ts';
import { ColumnChoice } from '../column-choice.tsx';
import { axes, parallel } from '../experiment-state.ts';
import { Check, Choice } from './controls.tsx';
import { Legend } from './legend.tsx';
import { COLOURS } from './marks.ts';
import { ParallelLines } from './parallel-lines.tsx';
import { type ExperimentRows, groupsOf, usualGroups } from './row-groups.ts';

interface ParallelProps extends ExperimentRows {
  readonly columns: ExperimentsAnswer['columns'];
  /** The columns that the table shows. */
  readonly shown: readonly string[];
}

/** Columns that are drawn unless a user chooses others. */
const MOST_AXES = 4;
const MOST_METRICS = 3;

const MOST_NAMED = 16;

export const Parallel = memo(({ columns, shown, ...data }: ParallelProps) => {
  const { rows, all, numeric, telling, cellOf } = data;
  const { log, chosen } = parallel.value;
  const useful = useMemo(
    () => columns.filter((column) => telling.includes(column) || numeric.includes(column)),
    [columns, telling, numeric],
  );
  const by = axes.value.by ?? usualGroups(data);
  const usual = useMemo(() => {
    const metrics = numeric.filter(({ name, kind }) => kind === 'metric' && shown.includes(name));
    return [...telling.slice(0, MOST_AXES), ...metrics.slice(0, MOST_METRICS)];
  }, [numeric, telling, shown.join('\n')]).map(({ name }) => name);
  const names = chosen ?? usual;
  const drawn = useful.filter(({ name }) => names.includes(name));
  const groups = useMemo(() => groupsOf(rows, all, by, cellOf), [rows, all, by]);
  return (
    <section class="chart parallel" aria-label="Parallel coordinates">
      <h3>Parallel coordinates</h3>
      <div class="tools">
        <ColumnChoice
          label="Axes"
          columns={useful}
          chosen={names}
          onChoose={(next) => {
            parallel.value = { log, chosen: next };
          }}
        />
        <Check
          label="log scale"
          checked={log}
          onChange={(on) => {
            parallel.value = { log: on, chosen };
          }}
        />
        <Choice
          label="colour"
          value={by}
          options={[{ name: '' }, ...telling]}
          onChoose={(name) => {
            axes.value = { ...axes.value, by: name };
          }}
        />
      </div>
      {drawn.length < 2 ? (
        <p class="faint">Choose two axes or more.</p>
      ) : (
        <ParallelLines data={data} columns={drawn} known={columns} groups={groups} log={log} />
      )}
      {by !== '' && (
        <Legend
          label={by}
          items={groups}
          most={MOST_NAMED}
          nameOf={({ name }) => name}
          size={[22, 10]}
          sample={({ colour }) => <path class={`curve curve-${colour % COLOURS}`} d="M1,5h20" />}
        />
      )}
    </section>
  );
});
