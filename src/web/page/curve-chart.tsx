/** Lines over the step in one chart. The line nearest to the mouse is named. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { figure } from '../../base/units.ts';
import { COLOURS } from './marks.ts';
import { scaleOf } from './scale.ts';

export interface ChartLine {
  readonly label: string;
  /** Step and value, by ascending steps. */
  readonly points: readonly (readonly [number, number])[];
  readonly colour: number;
  readonly isDashed: boolean;
}

interface ChartProps {
  readonly name: string;
  /** The stage. */
  readonly of: string;
  readonly lines: readonly ChartLine[];
  readonly log: boolean;
  readonly hasLegend: boolean;
}

interface Near {
  readonly line: number;
  readonly step: number;
  readonly value: number;
}

const HEIGHT = 170;
const MARGIN = { left: 54, right: 18, top: 24, bottom: 22 };
const MOST_NAMED = 8;

export function CurveChart({ name, of, lines, log, hasLegend }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(400);
  const [near, setNear] = useState<Near | undefined>();
  useEffect(() => {
    const watch = new ResizeObserver(() => setWidth(box.current?.clientWidth || 400));
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  const isLog = log && lines.every(({ points }) => points.every(([, value]) => value > 0));
  const across = scaleOf(
    lines.flatMap(({ points }) => points.map(([step]) => step)),
    MARGIN.left,
    width - MARGIN.right,
    { log: false, most: Math.max(2, Math.floor(width / 90)) },
  );
  const up = scaleOf(
    lines.flatMap(({ points }) => points.map(([, value]) => value)),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
    { log: isLog, most: 4 },
  );
  const nearest = (event: MouseEvent): void => {
    const { left, top } = (event.currentTarget as Element).getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    let best: Near | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [line, { points }] of lines.entries()) {
      for (const [step, value] of points) {
        const distance = (across.at(step) - x) ** 2 + (up.at(value) - y) ** 2;
        if (distance < least) [best, least] = [{ line, step, value }, distance];
      }
    }
    setNear(best);
  };
  // A curve that grows may have lost the line.
  const pointed = near && lines[near.line] ? near : undefined;
  const drawn = [...lines.keys()].sort(
    (a, b) => Number(a === near?.line) - Number(b === near?.line),
  );
  return (
    <div ref={box}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`${name} of ${of} by step: ${lines.map(describe).slice(0, MOST_NAMED).join('; ')}`}
        onMouseMove={nearest}
        onMouseLeave={() => setNear(undefined)}
      >
        {across.ticks.map((tick) => (
          <text key={tick} x={across.at(tick)} y={HEIGHT - 6} text-anchor="middle">
            {figure(tick)}
          </text>
        ))}
        {up.ticks.map((tick) => (
          <g key={tick} transform={`translate(0,${up.at(tick)})`}>
            <line class="grid" x1={MARGIN.left} x2={width - MARGIN.right} />
            <text x={MARGIN.left - 6} dy="0.32em" text-anchor="end">
              {figure(tick)}
            </text>
          </g>
        ))}
        <text class="title" x={4} y={13}>
          {name}
        </text>
        {drawn.map((i) => {
          const { points } = lines[i]!;
          return (
            <path
              key={lines[i]!.label}
              class={[
                classOf(lines[i]!),
                points.length === 1 && 'single',
                pointed && pointed.line !== i && 'behind',
              ]
                .filter(Boolean)
                .join(' ')}
              d={pathOf(points, across.at, up.at)}
            />
          );
        })}
        {pointed && (
          <circle class="near" cx={across.at(pointed.step)} cy={up.at(pointed.value)} r={4} />
        )}
      </svg>
      <p class="faint near-text">
        {pointed
          ? `${lines[pointed.line]!.label}: ${figure(pointed.value)} at step ${figure(pointed.step)}`
          : ' '}
      </p>
      {hasLegend && lines.length > 1 && <CurveLegend name={name} lines={lines} />}
    </div>
  );
}

interface LegendProps {
  readonly name: string;
  readonly lines: readonly Omit<ChartLine, 'points'>[];
}

export function CurveLegend({ name, lines }: LegendProps) {
  return (
    <ul class="legend" aria-label={name}>
      {lines.slice(0, MOST_NAMED).map((line) => (
        <li key={line.label}>
          <svg width="22" height="10" aria-hidden="true">
            <path class={classOf(line)} d="M1,5h20" />
          </svg>{' '}
          {line.label}
        </li>
      ))}
      {lines.length > MOST_NAMED && <li>and {lines.length - MOST_NAMED} more</li>}
    </ul>
  );
}

function classOf({ colour, isDashed }: Omit<ChartLine, 'points'>): string {
  return `curve curve-${colour % COLOURS}${isDashed ? ' dashed' : ''}`;
}

function describe({ label, points }: ChartLine): string {
  return `${label} ${figure(points[0]![1])} to ${figure(points.at(-1)![1])}`;
}

/** A single point is a line of no length, whose round ends are visible. */
function pathOf(
  points: ChartLine['points'],
  x: (step: number) => number,
  y: (value: number) => number,
): string {
  const places = points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`);
  return `M${places.join('L')}${places.length === 1 ? 'h0' : ''}`;
}
