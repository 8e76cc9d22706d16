/** What charts have in common: their width, two axes, and the point that is nearest to the mouse. */
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { figure } from '../../../base/units.ts';
import { type Scale, scaleOf } from './scale.ts';

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly margin: Readonly<Record<'left' | 'right' | 'top' | 'bottom', number>>;
}

/** The box of a chart, and its width as it is now. */
export function useWidth(usual: number): {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly width: number;
} {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(usual);
  useEffect(() => {
    const watch = new ResizeObserver(() => setWidth(box.current?.clientWidth || usual));
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  return { box, width };
}

interface ScaleOptions {
  readonly log: boolean;
  /** Between the axes and the outermost values, in pixels. */
  readonly inset?: number;
}

export function acrossOf(
  values: readonly number[],
  { width, margin }: Frame,
  { log, inset = 0 }: ScaleOptions,
): Scale {
  const most = Math.max(2, Math.floor(width / 90));
  return scaleOf(values, margin.left + inset, width - margin.right - inset, { log, most });
}

export function upOf(
  values: readonly number[],
  { height, margin }: Frame,
  { log, inset = 0 }: ScaleOptions,
): Scale {
  const [from, to] = [height - margin.bottom - inset, margin.top + inset];
  return scaleOf(values, from, to, { log, most: Math.max(4, Math.floor(height / 60)) });
}

interface AxesProps {
  readonly frame: Frame;
  readonly across: Scale;
  readonly up: Scale;
  readonly x?: string;
  readonly y: string;
}

function Axes({ frame: { width, height, margin }, across, up, x, y }: AxesProps) {
  const bottom = height - margin.bottom;
  return (
    <>
      {across.ticks.map((tick) => (
        <g key={`x ${tick}`} transform={`translate(${across.at(tick)},0)`}>
          <line class="grid" y1={margin.top} y2={bottom} />
          <text y={bottom + 16} text-anchor="middle">
            {figure(tick)}
          </text>
        </g>
      ))}
      {up.ticks.map((tick) => (
        <g key={`y ${tick}`} transform={`translate(0,${up.at(tick)})`}>
          <line class="grid" x1={margin.left} x2={width - margin.right} />
          <text x={margin.left - 6} dy="0.32em" text-anchor="end">
            {figure(tick)}
          </text>
        </g>
      ))}
      <text class="title" x={4} y={14}>
        {y}
      </text>
      {x !== undefined && (
        <text class="title" x={(margin.left + width) / 2} y={height - 8} text-anchor="middle">
          {x}
        </text>
      )}
    </>
  );
}

interface PlotProps<Point> extends AxesProps {
  readonly label: string;
  readonly points: readonly Point[];
  readonly placeOf: (point: Point) => readonly [x: number, y: number];
  /** How far the mouse may be from a point, in pixels. */
  readonly reach?: number;
  /** Called with the point nearest to the mouse. */
  readonly onNear: (point: Point | undefined) => void;
  readonly children: ComponentChildren;
}

/** The drawing of a chart with two axes. */
export function Plot<Point>(props: PlotProps<Point>) {
  const { label, points, placeOf, reach, onNear, children, ...axes } = props;
  const { width, height } = axes.frame;
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
      onMouseMove={(event) => onNear(nearestOf(placeIn(event), points, placeOf, reach))}
      onMouseLeave={() => onNear(undefined)}
    >
      <Axes {...axes} />
      {children}
    </svg>
  );
}

/** The mouse in the pixels of the chart. */
export function placeIn(event: MouseEvent): readonly [x: number, y: number] {
  const { left, top } = (event.currentTarget as Element).getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}

/** Undefined if none is nearer than `most` pixels. */
function nearestOf<Point>(
  [x, y]: readonly [number, number],
  points: Iterable<Point>,
  placeOf: (point: Point) => readonly [x: number, y: number],
  most = Number.POSITIVE_INFINITY,
): Point | undefined {
  let best: Point | undefined;
  let least = most ** 2;
  for (const point of points) {
    const [a, b] = placeOf(point);
    const distance = (a - x) ** 2 + (b - y) ** 2;
    if (distance < least) [best, least] = [point, distance];
  }
  return best;
}
