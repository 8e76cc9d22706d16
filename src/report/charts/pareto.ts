/**
 * The Pareto front of accuracy over parameters, and over multiplications if they were counted. Configurations on the
 * front are drawn full, the others faint. Down to ten tolerances below the best.
 */

import type { TopLevelSpec } from 'vega-lite';
import type { Aggregate } from '../aggregate.ts';
import type { FigureTexts } from '../locales/texts.ts';
import { type Cost, costOf, paretoFront } from '../pareto.ts';
import type { Summary } from '../summary.ts';
import { type Canvas, plotWidth, scaleOf } from './canvas.ts';
import { type Line, lineScales } from './lines.ts';
import { sizeTicks } from './round-numbers.ts';
import { BASELINE, chart, FAINT_INK } from './theme.ts';
import { TOOLTIP, tip } from './tooltip.ts';
import { tipOf } from './tradeoff.ts';

/** Null if there are no two configurations. */
export function paretoChart(
  summary: Summary,
  texts: FigureTexts,
  canvas: Canvas,
): TopLevelSpec | null {
  const { aggregates, tolerance } = summary;
  const best = Math.max(...aggregates.map(({ accuracy }) => accuracy.median));
  const [least, greatest] = canvas.accuracy ?? [100 * best - 1000 * tolerance, 100];
  const near = aggregates.filter(
    ({ accuracy }) => 100 * accuracy.median >= least && 100 * accuracy.median <= greatest,
  );
  const panels = (['parameters', 'macs'] as const).flatMap((cost) => {
    const counted = near.filter((one) => costOf(one, cost) !== null);
    const counts = new Set(counted.map((one) => costOf(one, cost)!));
    return counts.size < 3 ? [] : [{ cost, counted, counts: [...counts] }];
  });
  if (panels.length === 0) return null;
  const names = new Map(near.map(({ method, label }) => [method, label]));
  const styles = [...summary.looks].flatMap(([method, look]) =>
    names.has(method) ? [{ label: names.get(method)!, ...look }] : [],
  );
  const others = near.filter(({ method }) => !summary.looks.has(method));
  const reference = [...new Set(others.map(({ label }) => label))].map((label, i) => ({
    label,
    ...BASELINE,
    isHollow: i > 0,
  }));
  const width = plotWidth(canvas.page, panels.length);
  return chart(
    {
      spacing: 24,
      resolve: {
        scale: { stroke: 'shared', fill: 'shared', shape: 'shared' },
        legend: { stroke: 'shared', fill: 'shared', shape: 'shared' },
      },
      hconcat: panels.map(({ cost, counted, counts }) => ({
        name: cost,
        ...panel(counted, cost, counts, [...styles, ...reference], texts, canvas),
        width,
      })),
    },
    canvas,
  );
}

function panel(
  all: readonly Aggregate[],
  cost: Cost,
  counts: readonly number[],
  styles: readonly Omit<Line, 'points'>[],
  texts: FigureTexts,
  canvas: Canvas,
): object {
  const front = new Set(paretoFront(all, cost));
  const values = all.map((one) => ({
    x: costOf(one, cost)!,
    y: 100 * one.accuracy.median,
    line: one.label,
    isBest: front.has(one),
    tip: tip(one.label, one.label, ...tipOf(one, texts)),
  }));
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const x = {
    field: 'x',
    type: 'quantitative',
    title: cost === 'parameters' ? texts.parameters : texts.macs,
    scale: { type: 'log', domain: [least, most], nice: false, padding: 8 },
    axis: { format: '~s', ...sizeTicks(least, most), grid: false },
  };
  const y = {
    field: 'y',
    type: 'quantitative',
    title: texts.accuracy,
    scale: scaleOf(canvas.accuracy),
    axis: { tickCount: 5, format: '~r' },
  };
  const { stroke, fill, shape } = lineScales(styles);
  const looks = { stroke, fill, shape };
  const point = { type: 'point', aria: true } as const;
  return {
    height: 170,
    layer: [
      {
        data: { values: values.filter(({ isBest }) => isBest) },
        mark: { type: 'line', interpolate: 'step-after', strokeWidth: 0.75, color: FAINT_INK },
        encoding: { x, y },
      },
      {
        data: { values: values.filter(({ isBest }) => !isBest) },
        mark: { ...point, fillOpacity: 0, opacity: 0.4, size: 16, strokeWidth: 0.75 },
        encoding: { x, y, ...looks, ...TOOLTIP },
      },
      {
        data: { values: values.filter(({ isBest }) => isBest) },
        mark: { ...point, opacity: 1, size: 42, strokeWidth: 0.75 },
        encoding: { x, y, ...looks, ...TOOLTIP },
      },
    ],
  };
}
