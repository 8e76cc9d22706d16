/** A scatter of two columns of the table of experiments, with a colour and a mark for each value of a third one. */
import { memo } from 'preact/compat';
import { useMemo, useState } from 'preact/hooks';
import { numberIn } from '../../../base/table-query.ts';
import { figure } from '../../../base/units.ts';
import type { ExperimentLine } from '../../answers.ts';
import { axes, type Axes as ChosenAxes } from '../experiment-state.ts';
import { acrossOf, Plot, upOf, useWidth } from './axes.tsx';
import { Check, Choice } from './controls.tsx';
import { Legend } from './legend.tsx';
import { COLOURS, markOf } from './marks.ts';
import {
  type ExperimentRows,
  groupsOf,
  nameOfRow,
  type RowGroup,
  usualGroups,
  widest,
} from './row-groups.ts';
import { isDrawable } from './scale.ts';

interface Point {
  readonly row: ExperimentLine;
  readonly x: number;
  readonly y: number;
}

const HEIGHT = 360;
const MARGIN = { left: 62, right: 14, top: 28, bottom: 44 };
const INSET = 8;

/** Pixels from the mouse. */
const NEAR = 24;

const MOST_NAMED = 16;

export const Scatter = memo((data: ExperimentRows) => {
  const { rows, all, cellOf } = data;
  const chosen = useAxes(data);
  const { x, y, by, logX, logY } = chosen;
  const placed = useMemo(() => {
    const pointsOf = (some: readonly ExperimentLine[]): readonly Point[] =>
      some.flatMap((row) => {
        const [a, b] = [numberIn(cellOf(row, x)), numberIn(cellOf(row, y))];
        const isShown = isOn(a, logX) && isOn(b, logY);
        return isShown ? [{ row, x: a, y: b }] : [];
      });
    return groupsOf(rows, all, by, cellOf)
      .map((group) => ({ ...group, rows: pointsOf(group.rows) }))
      .filter((group) => group.rows.length > 0);
  }, [rows, all, x, y, by, logX, logY]);
  return (
    <section class="chart" aria-label="Scatter">
      <h3>Scatter</h3>
      <AxisChoices data={data} chosen={chosen} />
      <Marks data={data} chosen={chosen} groups={placed} />
      {by !== '' && (
        <Legend
          label={by}
          items={placed}
          most={MOST_NAMED}
          nameOf={({ name }) => name}
          size={[14, 14]}
          sample={({ colour }) => (
            <path class={`mark mark-${colour % COLOURS}`} d={markOf(colour, 7, 7)} />
          )}
        />
      )}
    </section>
  );
});

function isOn(value: number | undefined, log: boolean): value is number {
  return isDrawable(value) && (!log || value > 0);
}

type Chosen = Required<ChosenAxes>;

/** What the user chose, or the columns that say the most. */
function useAxes(data: ExperimentRows): Chosen {
  const { all, numeric, telling, cellOf } = data;
  const usual = useMemo(() => {
    const metrics = numeric.filter(({ kind }) => kind === 'metric');
    const causes = numeric.filter(({ kind }) => kind === 'axis' || kind === 'parameter');
    const y = metrics[0]?.name ?? '';
    return { x: widest(causes, all, cellOf) ?? metrics[1]?.name ?? y, y, by: usualGroups(data) };
  }, [all, numeric, telling]);
  return { ...usual, ...axes.value };
}

function choose(change: Partial<ChosenAxes>): void {
  axes.value = { ...axes.value, ...change };
}

interface ChoicesProps {
  readonly data: ExperimentRows;
  readonly chosen: Chosen;
}

function AxisChoices({
  data: { numeric, telling },
  chosen: { x, y, by, logX, logY },
}: ChoicesProps) {
  return (
    <div class="tools">
      <Choice label="x" value={x} options={numeric} onChoose={(name) => choose({ x: name })} />
      <Check label="log x" checked={logX} onChange={(on) => choose({ logX: on })} />
      <Choice label="y" value={y} options={numeric} onChoose={(name) => choose({ y: name })} />
      <Check label="log y" checked={logY} onChange={(on) => choose({ logY: on })} />
      <Choice
        label="mark"
        value={by}
        options={[{ name: '' }, ...telling]}
        onChoose={(name) => choose({ by: name })}
      />
    </div>
  );
}

interface MarksProps extends ChoicesProps {
  readonly groups: readonly RowGroup<Point>[];
}

function Marks({ data, chosen: { x, y, logX, logY }, groups }: MarksProps) {
  const { box, width } = useWidth(640);
  const [pointed, setNear] = useState<ExperimentLine | undefined>();
  const points = groups.flatMap((group) => group.rows);
  // A filter or a new answer may have taken the row away.
  const near = points.find(({ row }) => row === pointed);
  const frame = { width, height: HEIGHT, margin: MARGIN };
  const valuesX = points.map((point) => point.x);
  const valuesY = points.map((point) => point.y);
  const across = acrossOf(valuesX, frame, { log: logX, inset: INSET });
  const up = upOf(valuesY, frame, { log: logY, inset: INSET });
  const placeOf = (point: Point) => [across.at(point.x), up.at(point.y)] as const;
  const { length } = data.rows;
  const missing = `${length - points.length} of ${length} rows are not drawn: they have no number${logX || logY ? ' above 0' : ''} in these columns`;
  return (
    <>
      <div ref={box}>
        <Plot
          frame={frame}
          across={across}
          up={up}
          x={x}
          y={y}
          label={`${y} by ${x}: ${points.length} of ${length} rows`}
          points={points}
          placeOf={placeOf}
          reach={NEAR}
          onNear={(point) => setNear(point?.row)}
        >
          {groups.map(({ name, colour, rows }) => (
            <path
              key={name}
              class={`mark mark-${colour % COLOURS}`}
              d={rows.map((point) => markOf(colour, ...placeOf(point))).join('')}
            />
          ))}
          {near && <circle class="near" cx={across.at(near.x)} cy={up.at(near.y)} r={9} />}
        </Plot>
      </div>
      <p class="faint near-text">
        {near
          ? `${nameOfRow(near.row, data)}: ${x} ${figure(near.x)}, ${y} ${figure(near.y)}`
          : points.length < length
            ? missing
            : `${y} by ${x}`}
      </p>
    </>
  );
}
