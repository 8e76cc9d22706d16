/** A scatter of two columns of the table of experiments, with a colour and a mark for each value of a third one. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type CellOf, numberIn, plainText } from '../../base/table-query.ts';
import { figure } from '../../base/units.ts';
import type { ExperimentLine } from '../messages.ts';
import { axes } from './experiment-state.ts';
import { COLOURS, markOf } from './marks.ts';
import { scaleOf } from './scale.ts';

interface Named {
  readonly name: string;
}

interface ScatterProps {
  readonly rows: readonly ExperimentLine[];
  /** Before the filter. */
  readonly all: readonly ExperimentLine[];
  readonly numeric: readonly (Named & { readonly kind: string })[];
  readonly telling: readonly Named[];
  readonly cellOf: CellOf<ExperimentLine>;
}

interface Point {
  readonly row: ExperimentLine;
  readonly x: number;
  readonly y: number;
  readonly group: string;
}

const HEIGHT = 360;
const MARGIN = { left: 62, right: 14, top: 28, bottom: 44 };

export function Scatter({ rows, all, numeric, telling, cellOf }: ScatterProps) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  const [near, setNear] = useState<Point | undefined>();
  useEffect(() => {
    const watch = new ResizeObserver(() => setWidth(box.current?.clientWidth || 640));
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  const metrics = numeric.filter(({ kind }) => kind === 'metric');
  const { logX, logY, ...given } = axes.value;
  const y = given.y ?? metrics[0]?.name;
  const most = useMemo(() => {
    const valuesOf = ({ name }: Named): number =>
      new Set(all.map((row) => plainText(cellOf(row, name)))).size;
    const isNumeric = ({ name }: Named): boolean => numeric.some((one) => one.name === name);
    const widest = (some: readonly Named[]): string | undefined =>
      [...some].sort((a, b) => valuesOf(b) - valuesOf(a))[0]?.name;
    return {
      x: widest(numeric.filter(({ kind }) => kind === 'axis' || kind === 'parameter')),
      by: widest(telling.filter((one) => !isNumeric(one) && one.name !== 'run')),
    };
  }, [all, numeric, telling]);
  const x = given.x ?? most.x ?? metrics[1]?.name ?? y;
  const by = given.by ?? most.by;
  if (x === undefined || y === undefined) return <div ref={box} />;
  const points = rows.flatMap((row): Point[] => {
    const [a, b] = [numberIn(cellOf(row, x)), numberIn(cellOf(row, y))];
    const isShown =
      a !== undefined &&
      b !== undefined &&
      (!logX || a > 0) &&
      (!logY || b > 0) &&
      Number.isFinite(a) &&
      Number.isFinite(b);
    return isShown ? [{ row, x: a, y: b, group: by ? plainText(cellOf(row, by)) : '' }] : [];
  });
  const across = scaleOf(
    points.map((point) => point.x),
    MARGIN.left + 8,
    width - MARGIN.right - 8,
    { log: logX, most: Math.max(2, Math.floor(width / 90)) },
  );
  const up = scaleOf(
    points.map((point) => point.y),
    HEIGHT - MARGIN.bottom - 8,
    MARGIN.top + 8,
    { log: logY },
  );
  const groups = new Map<string, Point[]>();
  for (const point of points) {
    const group = groups.get(point.group);
    if (group) group.push(point);
    else groups.set(point.group, [point]);
  }
  const names = [...groups.keys()];
  const nearest = (event: MouseEvent): void => {
    const { left, top } = (event.currentTarget as Element).getBoundingClientRect();
    const [mouseX, mouseY] = [event.clientX - left, event.clientY - top];
    let best: Point | undefined;
    let least = NEAR ** 2;
    for (const point of points) {
      const distance = (across.at(point.x) - mouseX) ** 2 + (up.at(point.y) - mouseY) ** 2;
      if (distance < least) [best, least] = [point, distance];
    }
    setNear(best);
  };
  return (
    <section class="scatter" aria-label="Scatter">
      <h3>Scatter</h3>
      <div class="tools">
        <Choice label="x" value={x} options={numeric} onChoose={(name) => choose({ x: name })} />
        <Log label="log x" checked={logX} onChange={(on) => choose({ logX: on })} />
        <Choice label="y" value={y} options={numeric} onChoose={(name) => choose({ y: name })} />
        <Log label="log y" checked={logY} onChange={(on) => choose({ logY: on })} />
        <Choice
          label="mark"
          value={by ?? ''}
          options={[{ name: '' }, ...telling]}
          onChoose={(name) => choose({ by: name })}
        />
      </div>
      <div ref={box}>
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`${y} by ${x}: ${points.length} of ${rows.length} rows`}
          onMouseMove={nearest}
          onMouseLeave={() => setNear(undefined)}
        >
          {across.ticks.map((tick) => (
            <g key={tick} transform={`translate(${across.at(tick)},0)`}>
              <line class="grid" y1={MARGIN.top} y2={HEIGHT - MARGIN.bottom} />
              <text y={HEIGHT - MARGIN.bottom + 16} text-anchor="middle">
                {figure(tick)}
              </text>
            </g>
          ))}
          {up.ticks.map((tick) => (
            <g key={tick} transform={`translate(0,${up.at(tick)})`}>
              <line class="grid" x1={MARGIN.left} x2={width - MARGIN.right} />
              <text x={MARGIN.left - 6} dy="0.32em" text-anchor="end">
                {figure(tick)}
              </text>
            </g>
          ))}
          <text class="title" x={4} y={14}>
            {y}
          </text>
          <text class="title" x={(MARGIN.left + width) / 2} y={HEIGHT - 8} text-anchor="middle">
            {x}
          </text>
          {names.map((name, i) => (
            <path
              key={name}
              class={`mark mark-${i % COLOURS}`}
              d={groups
                .get(name)!
                .map((point) => markOf(i, across.at(point.x), up.at(point.y)))
                .join('')}
            />
          ))}
          {near && <circle class="near" cx={across.at(near.x)} cy={up.at(near.y)} r={9} />}
        </svg>
      </div>
      <p class="faint near-text">
        {near
          ? `${near.row.key.slice(0, 7)}  ${telling
              .map(({ name }) => `${name} ${plainText(cellOf(near.row, name)) || '–'}`)
              .join(', ')}: ${x} ${figure(near.x)}, ${y} ${figure(near.y)}`
          : points.length < rows.length
            ? `${rows.length - points.length} of ${rows.length} rows have no such values${logX || logY ? ', or none above 0' : ''}`
            : `${y} by ${x}`}
      </p>
      {by && (
        <ul class="legend" aria-label={by}>
          {names.slice(0, MOST_NAMED).map((name, i) => (
            <li key={name}>
              <svg width="14" height="14" aria-hidden="true">
                <path class={`mark mark-${i % COLOURS}`} d={markOf(i, 7, 7)} />
              </svg>{' '}
              {name || '–'}
            </li>
          ))}
          {names.length > MOST_NAMED && <li>and {names.length - MOST_NAMED} more</li>}
        </ul>
      )}
    </section>
  );
}

/** Pixels from the mouse. */
const NEAR = 24;

const MOST_NAMED = 16;

function choose(change: Partial<typeof axes.value>): void {
  axes.value = { ...axes.value, ...change };
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Named[];
  readonly onChoose: (name: string) => void;
}

function Choice({ label, value, options, onChoose }: ChoiceProps) {
  return (
    <label>
      {label}{' '}
      <select
        value={value}
        aria-label={label}
        onChange={({ currentTarget }) => onChoose(currentTarget.value)}
      >
        {options.map(({ name }) => (
          <option key={name} value={name}>
            {name || 'the same'}
          </option>
        ))}
      </select>
    </label>
  );
}

interface LogProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (on: boolean) => void;
}

function Log({ label, checked, onChange }: LogProps) {
  return (
    <label>
      <input
        type="checkbox"
        checked={checked}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />{' '}
      {label}
    </label>
  );
}
