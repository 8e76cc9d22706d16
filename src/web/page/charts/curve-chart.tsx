/** Lines over the step in one chart. The line nearest to the mouse is named. */
import { useState } from 'preact/hooks';
import { figure } from '../../../base/units.ts';
import { acrossOf, Plot, upOf, useWidth } from './axes.tsx';
import { Legend } from './legend.tsx';
import { COLOURS } from './marks.ts';

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
  const { box, width } = useWidth(400);
  const [near, setNear] = useState<Near | undefined>();
  const frame = { width, height: HEIGHT, margin: MARGIN };
  const points = lines.flatMap((one, line) =>
    one.points.map(([step, value]): Near => ({ line, step, value })),
  );
  const values = points.map(({ value }) => value);
  const across = acrossOf(
    points.map(({ step }) => step),
    frame,
    { log: false },
  );
  const up = upOf(values, frame, { log: log && values.every((value) => value > 0) });
  const placeOf = ({ step, value }: Near) => [across.at(step), up.at(value)] as const;
  // A curve that grows may have lost the line.
  const pointed = near && lines[near.line] ? near : undefined;
  const drawn = [...lines.entries()].sort(
    ([a], [b]) => Number(a === near?.line) - Number(b === near?.line),
  );
  return (
    <div ref={box} class="chart">
      <Plot
        frame={frame}
        across={across}
        up={up}
        y={name}
        label={`${name} of ${of} by step: ${lines.slice(0, MOST_NAMED).map(describe).join('; ')}`}
        points={points}
        placeOf={placeOf}
        onNear={setNear}
      >
        {drawn.map(([i, line]) => (
          <path
            key={line.label}
            class={`${classOf(line)}${pointed && pointed.line !== i ? ' behind' : ''}`}
            d={pathOf(line.points, across.at, up.at)}
          />
        ))}
        {pointed && (
          <circle class="dot" cx={across.at(pointed.step)} cy={up.at(pointed.value)} r={4} />
        )}
      </Plot>
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
    <Legend
      label={name}
      items={lines}
      most={MOST_NAMED}
      nameOf={({ label }) => label}
      size={[22, 10]}
      sample={(line) => <path class={classOf(line)} d="M1,5h20" />}
    />
  );
}

function classOf({ colour, isDashed, points }: Partial<ChartLine> & { colour: number }): string {
  const isSingle = points?.length === 1;
  return `curve curve-${colour % COLOURS}${isDashed ? ' dashed' : ''}${isSingle ? ' single' : ''}`;
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
