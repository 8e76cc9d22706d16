/**
 * The Pareto front of accuracy over parameters, and over multiplications if they were counted. Configurations on the
 * front are drawn full, the others faint. Down to ten tolerances below the best.
 */

import type { TopLevelSpec } from 'vega-lite';
import type { Aggregate } from '../aggregate.ts';
import type { FigureTexts } from '../locales/texts.ts';
import { type Cost, costOf, paretoFront } from '../pareto.ts';
import type { Summary } from '../summary.ts';
import { type Look, looksOf } from './palette.ts';
import { sizeTicks } from './round-numbers.ts';
import { FAINT_INK, theme } from './theme.ts';
import { TOOLTIP, tip } from './tooltip.ts';
import { tipOf } from './tradeoff.ts';

/** Null if there are no two configurations. */
export function paretoChart(summary: Summary, texts: FigureTexts): TopLevelSpec | null {
  const { aggregates, tolerance } = summary;
  const best = Math.max(...aggregates.map(({ accuracy }) => accuracy.median));
  const near = aggregates.filter(({ accuracy }) => accuracy.median >= best - 10 * tolerance);
  const panels = (['parameters', 'macs'] as const).flatMap((cost) => {
    const counted = near.filter((one) => costOf(one, cost) !== null);
    const counts = new Set(counted.map((one) => costOf(one, cost)!));
    return counts.size < 3 ? [] : [{ cost, counted, counts: [...counts] }];
  });
  if (panels.length === 0) return null;
  const looks = looksOf([...new Set(near.map(({ method }) => method))], summary.colours);
  const names = new Map(near.map(({ method, label }) => [method, label]));
  const styles = [...looks].map(([method, look]) => ({ label: names.get(method)!, ...look }));
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config: theme,
    spacing: 24,
    resolve: {
      scale: { color: 'shared', shape: 'shared' },
      legend: { color: 'shared', shape: 'shared' },
    },
    hconcat: panels.map(({ cost, counted, counts }) =>
      panel(counted, cost, counts, styles, texts, panels.length === 1 ? 520 : 255),
    ),
  } as object as TopLevelSpec;
}

function panel(
  all: readonly Aggregate[],
  cost: Cost,
  counts: readonly number[],
  styles: readonly (Look & { readonly label: string })[],
  texts: FigureTexts,
  width: number,
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
    scale: { zero: false, nice: true },
    axis: { tickCount: 5, format: '~r' },
  };
  const field = { field: 'line', type: 'nominal', title: null } as const;
  const domain = styles.map(({ label }) => label);
  const looks = {
    color: { ...field, scale: { domain, range: styles.map(({ colour }) => colour) } },
    shape: { ...field, scale: { domain, range: styles.map(({ shape }) => shape) } },
  };
  const point = { type: 'point', aria: true } as const;
  return {
    width,
    height: 170,
    layer: [
      {
        data: { values: values.filter(({ isBest }) => isBest) },
        mark: { type: 'line', interpolate: 'step-after', strokeWidth: 0.75, color: FAINT_INK },
        encoding: { x, y },
      },
      {
        data: { values: values.filter(({ isBest }) => !isBest) },
        mark: { ...point, filled: false, opacity: 0.4, size: 16, strokeWidth: 0.75 },
        encoding: { x, y, ...looks, ...TOOLTIP },
      },
      {
        data: { values: values.filter(({ isBest }) => isBest) },
        mark: { ...point, filled: true, opacity: 1, size: 42 },
        encoding: { x, y, ...looks, ...TOOLTIP },
      },
    ],
  };
}
