/**
 * The range of accuracies that a chart draws: everything, or a close-up of the neighbourhood of the baseline, which
 * shows how far a network can be compressed without loss. In percentage points.
 */

import { type Aggregate, phasesOf, type Sweep } from '../aggregate.ts';
import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import { isControlOf } from '../reference.ts';
import type { Summary } from '../summary.ts';
import { type Canvas, type Range, scaleOf } from './canvas.ts';
import { cropped } from './cropped-series.ts';
import { tip } from './tooltip.ts';
import { tipOf } from './tradeoff.ts';

export type AccuracyView = 'whole' | 'near-baseline';

export interface Frame {
  readonly title: string;
  /** A share. The chart draws the accuracy minus this. */
  readonly origin: number;
  /** What is drawn of the accuracy minus the origin. */
  readonly range: Range;
  readonly scale: Readonly<Record<string, unknown>>;
  /** Horizontal lines. */
  readonly references: readonly ReferenceLine[];
}

export interface ReferenceLine {
  readonly kind: 'reference';
  readonly method: string;
  readonly y: number;
  /** Null if it is in the panels of all phases. */
  readonly phase: string | null;
}

/** Null if there is no baseline. */
export function frameOf(
  { aggregates: all, baseline, controls, tolerance }: Summary,
  aggregates: readonly Aggregate[],
  view: AccuracyView,
  texts: FigureTexts,
  { accuracy: limits }: Pick<Canvas, 'accuracy'>,
): Frame | null {
  const top = baseline?.accuracy.median ?? null;
  if (view === 'whole') {
    return {
      title: texts.accuracy,
      origin: 0,
      range: limits ?? [0, 100],
      scale: scaleOf(limits),
      references: top === null ? [] : [baselineAt(top, 0, texts)].filter(isWithin(limits)),
    };
  }
  if (top === null) return null;
  // From four tolerances below the baseline to the best result.
  const floor = -400 * tolerance;
  const best = Math.max(...aggregates.map(({ accuracy }) => 100 * (accuracy.upperQuartile - top)));
  return {
    title: texts.word('Difference (points)'),
    origin: top,
    range: [floor, Number.POSITIVE_INFINITY],
    scale: { domain: [floor, Math.max(100 * tolerance, 1.1 * best)], nice: false },
    references: [
      baselineAt(top, top, texts),
      ...phasesOf(all).map((phase): ReferenceLine => {
        const tuned = all.find((one) => one.phase === phase)!;
        const control = controls.find((one) => isControlOf(one, tuned));
        return {
          kind: 'reference',
          method: `${texts.word('Tolerance')} (${formatNumber(-tolerance, 'points')})`,
          y: 100 * ((control?.accuracy.median ?? top) - top - tolerance),
          phase,
        };
      }),
    ],
  };
}

const isWithin =
  (limits: Range | null) =>
  ({ y }: ReferenceLine): boolean =>
    limits === null || (y >= limits[0] && y <= limits[1]);

/** The horizontal lines in a panel of this phase. */
export function linesOf({ references }: Frame, phase: string): readonly ReferenceLine[] {
  return references.filter((line) => line.phase === null || line.phase === phase);
}

function baselineAt(accuracy: number, origin: number, texts: FigureTexts): ReferenceLine {
  const method = texts.baseline(formatNumber(accuracy, 'percent'));
  return { kind: 'reference', method, y: 100 * (accuracy - origin), phase: null };
}

export interface AccuracyPoint {
  readonly rate: number;
  /** Null if it is not drawn. */
  readonly y: number | null;
  readonly lower: number;
  readonly upper: number;
  /** False for points that were added where a line is cut off. They have no mark. */
  readonly isMeasured: boolean;
  readonly kind: 'series';
  readonly method: string;
  readonly phase: string;
  readonly seeds: number;
  /** The name of the line, which groups its points. */
  readonly series: string;
  /** The tooltip of the point. */
  readonly tip: string;
}

/** Medians over seeds, with the band between the quartiles. */
export function pointsOf(
  sweep: Sweep,
  { origin, range }: Frame,
  texts: FigureTexts,
): readonly AccuracyPoint[] {
  const drawn = sweep.map(({ rate, accuracy }) => ({
    x: rate!,
    y: 100 * (accuracy.median - origin),
    lower: 100 * (accuracy.lowerQuartile - origin),
    upper: 100 * (accuracy.upperQuartile - origin),
  }));
  const { label, phase } = sweep[0];
  const tips = new Map(sweep.map((one) => [one.rate, tipOf(one, texts)]));
  const seeds = Math.max(...sweep.map(({ accuracy }) => accuracy.count));
  return cropped(drawn, range).map(({ x, measured, ...point }) => ({
    ...point,
    rate: x,
    isMeasured: measured !== null,
    kind: 'series',
    method: label,
    phase,
    seeds,
    series: tip(label),
    tip: tip(label, label, ...(tips.get(x) ?? [])),
  }));
}

/** The vertical axis of a chart of accuracies. */
export function verticalOf({ title, scale }: Frame): Readonly<Record<string, unknown>> {
  return { type: 'quantitative', title, scale, axis: { tickCount: 5, format: '~r' } };
}
