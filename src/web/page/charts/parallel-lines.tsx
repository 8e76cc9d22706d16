/** The drawing of parallel coordinates, and what the mouse and the keyboard do in it. */
import { useMemo, useState } from 'preact/hooks';
import { stageOfInstance } from '../../../base/stage-name.ts';
import { numberIn } from '../../../base/table-query.ts';
import { figure } from '../../../base/units.ts';
import type { ExperimentLine } from '../../answers.ts';
import { type Named, withConditions } from '../experiment-query.ts';
import { filter } from '../experiment-state.ts';
import { go } from '../route.ts';
import { byId } from '../store.ts';
import { placeIn, useWidth } from './axes.tsx';
import { axisOf, distanceOf, lineOf, type ParallelAxis } from './parallel-axes.ts';
import { Paths } from './parallel-paths.tsx';
import { type ExperimentRows, nameOfRow, type RowGroup } from './row-groups.ts';

const HEIGHT = 340;
const SPAN = { top: 52, bottom: HEIGHT - 12 };
const MARGIN = { left: 64, right: 40 };

/** Narrower charts scroll. */
const LEAST_GAP = 88;

/** Pixels from the mouse to a line, and to an axis. */
const NEAR = 24;
const NEAR_AXIS = 14;

/** A shorter range is a click, which removes the range of its axis. */
const LEAST_RANGE = 4;

/** The width of a character of a title, in pixels. */
const CHARACTER = 7;

interface LinesProps {
  readonly data: ExperimentRows;
  /** Those with an axis. */
  readonly columns: readonly Named[];
  /** Those of the table. */
  readonly known: readonly Named[];
  readonly groups: readonly RowGroup<ExperimentLine>[];
  readonly log: boolean;
}

interface Range {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
}

export function ParallelLines({ data, columns, known, groups, log }: LinesProps) {
  const { rows, all, cellOf } = data;
  const { box, width, gap, places } = useGeometry(columns.length);
  const x = (axis: number): number => places[axis]!;
  const [near, setNear] = useState<ExperimentLine | undefined>();
  const [range, setRange] = useState<Range | undefined>();
  const names = columns.map(({ name }) => name).join(', ');
  const axes = useMemo(
    () => columns.map((column) => axisOf(column, all, cellOf, SPAN, log)),
    [all, names, log],
  );
  const pointed = near && rows.includes(near) ? near : undefined;
  const moved = (event: PointerEvent): void => {
    const place = placeIn(event);
    if (range) setRange({ ...range, to: place[1] });
    else setNear(leastOf(rows, (row) => distanceOf(row, place, axes, x, cellOf)));
  };
  const ended = (): void => {
    if (range) limit(axes[range.axis]!, range, known);
    setRange(undefined);
  };
  return (
    <>
      <div
        ref={box}
        class="chart-box"
        role="group"
        tabIndex={0}
        aria-label="Lines of parallel coordinates. Up and down go from line to line, Enter opens the stage."
        onKeyDown={(event) => keyed(event, rows, pointed, setNear)}
      >
        <svg
          width={width}
          height={HEIGHT}
          viewBox={`0 0 ${width} ${HEIGHT}`}
          role="img"
          aria-label={`parallel coordinates of ${names}: ${rows.length} of ${all.length} rows`}
          onPointerDown={(event) => setRange(begun(event, axes, x))}
          onPointerMove={moved}
          onPointerUp={ended}
          onPointerCancel={() => setRange(undefined)}
          onMouseLeave={() => setNear(undefined)}
        >
          <Paths data={data} groups={groups} axes={axes} places={places} isBehind={!!pointed} />
          {pointed && <path class="curve pointed" d={lineOf(pointed, axes, x, cellOf)} />}
          {axes.map((axis, i) => (
            <Axis key={axis.name} axis={axis} x={x(i)} gap={gap} isLow={i % 2 === 1} />
          ))}
          {range && <RangeBox range={range} x={x(range.axis)} />}
        </svg>
      </div>
      <p class="faint near-text" role="status">
        {pointed
          ? nameOfRow(pointed, data) + metricsOf(pointed, columns, data)
          : 'Drag along an axis to filter by a range. Click the axis to remove the range.'}
      </p>
    </>
  );
}

/** The values that the name of the row does not have. */
function metricsOf(
  row: ExperimentLine,
  columns: readonly Named[],
  { telling, cellOf }: ExperimentRows,
): string {
  const others = columns.filter(({ name }) => !telling.some((one) => one.name === name));
  const values = others.map(({ name }) => {
    const value = numberIn(cellOf(row, name));
    return `${name} ${value === undefined ? '–' : figure(value)}`;
  });
  return values.length > 0 ? `: ${values.join(', ')}` : '';
}

/** The positions of axes that fill the box, or more than it. */
function useGeometry(count: number) {
  const { box, width: room } = useWidth(640);
  const margins = MARGIN.left + MARGIN.right;
  const width = Math.max(room, (count - 1) * LEAST_GAP + margins);
  const gap = (width - margins) / (count - 1);
  const places = useMemo(
    () => Array.from({ length: count }, (_, axis) => Math.round(MARGIN.left + axis * gap)),
    [count, gap],
  );
  return { box, width, gap, places };
}

interface AxisProps {
  readonly axis: ParallelAxis;
  readonly x: number;
  readonly gap: number;
  /** Titles are in two lines by turns, so that long ones have room. */
  readonly isLow: boolean;
}

function Axis({ axis: { name, ticks }, x, gap, isLow }: AxisProps) {
  const most = Math.floor((2 * gap) / CHARACTER) - 2;
  const wide = Math.floor((gap - 12) / CHARACTER);
  return (
    <g transform={`translate(${x},0)`}>
      <line class="axis" y1={SPAN.top} y2={SPAN.bottom} />
      <text class="title" y={isLow ? 34 : 16} text-anchor="middle">
        <title>{name}</title>
        {shortened(name, most)}
      </text>
      {ticks.map(({ at, text }) => (
        <text key={text} class="halo" x={-6} y={at} dy="0.32em" text-anchor="end">
          <title>{text}</title>
          {shortened(text, wide)}
        </text>
      ))}
    </g>
  );
}

function RangeBox({ range: { from, to }, x }: { readonly range: Range; readonly x: number }) {
  const y = Math.min(from, to);
  return <rect class="range" x={x - 8} y={y} width={16} height={Math.abs(to - from)} />;
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1))}…`;
}

/** A finger scrolls the page. */
function begun(
  event: PointerEvent & { readonly currentTarget: Element },
  axes: readonly ParallelAxis[],
  x: (axis: number) => number,
): Range | undefined {
  const [at, from] = placeIn(event);
  const axis = axes.findIndex((_axis, i) => Math.abs(x(i) - at) <= NEAR_AXIS);
  if (axis < 0 || event.button !== 0 || event.pointerType === 'touch') return undefined;
  event.currentTarget.setPointerCapture(event.pointerId);
  event.preventDefault();
  return { axis, from, to: from };
}

function limit(axis: ParallelAxis, { from, to }: Range, known: readonly Named[]): void {
  const inside = (y: number): number => Math.max(SPAN.top, Math.min(SPAN.bottom, y));
  const [top, bottom] = [inside(Math.min(from, to)), inside(Math.max(from, to))];
  const conditions = bottom - top < LEAST_RANGE ? [] : axis.between(top, bottom);
  filter.value = withConditions(filter.value, axis.name, conditions, known);
}

function leastOf<Row>(
  rows: readonly Row[],
  distance: (row: Row) => number | undefined,
): Row | undefined {
  let best: Row | undefined;
  let least = NEAR;
  for (const row of rows) {
    const own = distance(row);
    if (own !== undefined && own < least) [best, least] = [row, own];
  }
  return best;
}

function keyed(
  event: KeyboardEvent,
  rows: readonly ExperimentLine[],
  pointed: ExperimentLine | undefined,
  point: (row: ExperimentLine | undefined) => void,
): void {
  const at = pointed ? rows.indexOf(pointed) : -1;
  const { key } = event;
  if (key === 'Escape') point(undefined);
  else if (key === 'ArrowDown') point(rows[Math.min(rows.length - 1, at + 1)]);
  else if (key === 'ArrowUp') point(rows[Math.max(0, at - 1)]);
  else if (key === 'Enter' && pointed && byId.has(pointed.stage)) {
    go({ view: 'graph', group: stageOfInstance(pointed.stage), stage: pointed.stage });
  } else return;
  event.preventDefault();
}
