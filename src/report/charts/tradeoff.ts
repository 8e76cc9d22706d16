/**
 * Accuracy over the true number of parameters, all methods in one panel per phase. It compares methods independently
 * of their nominal rates. Medians over seeds with the band between the quartiles.
 */

import type { TopLevelSpec } from 'vega-lite';
import { type Aggregate, phasesOf, sweepsOf } from '../aggregate.ts';
import { trueRate } from '../best-rate.ts';
import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import type { Summary } from '../summary.ts';
import { dashOf, type Line, lineLayers, SHARED } from './lines.ts';
import { looksOf } from './palette.ts';
import { sizeTicks } from './round-numbers.ts';
import { INK, theme } from './theme.ts';

const MOST_PANELS = 2;

/** Null if there are no two points to draw a line between. */
export function tradeoffChart(summary: Summary, texts: FigureTexts): TopLevelSpec | null {
  const { aggregates, baseline } = summary;
  const sweeps = sweepsOf(aggregates).filter((sweep) => sweep.length > 1);
  if (sweeps.length === 0) return null;
  const phases = phasesOf(aggregates).slice(0, MOST_PANELS);
  const looks = looksOf([...new Set(sweeps.map(([{ method }]) => method))], summary.colours);
  const methods = [...looks.keys()];
  const reach = sweeps.flat().map(({ parameters }) => parameters.total);
  const [least, most] = [Math.min(...reach), Math.max(...reach)];
  const lines = (phase: string): readonly Line[] => [
    ...(baseline === null
      ? []
      : [
          {
            label: texts.baseline(formatNumber(baseline.accuracy.median, 'percent')),
            colour: INK,
            shape: 'stroke',
            points: [least, most].map((x) => ({ x, y: 100 * baseline.accuracy.median, tip: [] })),
          },
        ]),
    // Every method is in every panel, so that both panels share a legend.
    ...methods.map((method, i) => {
      const sweep =
        sweeps.find(([first]) => first.method === method && first.phase === phase) ?? [];
      const { label } = sweeps.find(([first]) => first.method === method)![0];
      return { label, ...looks.get(method)!, dash: dashOf(i), points: pointsOf(sweep, texts) };
    }),
  ];
  const x = {
    title: texts.parameters,
    scale: { type: 'log', domain: [least, most], nice: false, padding: 6 },
    axis: { format: '~s', ...sizeTicks(least, most), grid: false },
  };
  const y = {
    title: texts.accuracy,
    scale: { zero: false, nice: true },
    axis: { tickCount: 5, format: '~r' },
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config: theme,
    spacing: 24,
    resolve: SHARED,
    hconcat: phases.map((phase) => ({
      title: { text: texts.capitalised(texts.phase(phase)), ...TITLE },
      width: phases.length === 1 ? 520 : 255,
      height: 180,
      layer: lineLayers(lines(phase), x, y),
    })),
  } as object as TopLevelSpec;
}

export const TITLE = {
  anchor: 'start',
  fontSize: 10,
  fontWeight: 'normal',
  font: theme.font,
  color: INK,
  offset: 6,
} as const;

function pointsOf(sweep: readonly Aggregate[], texts: FigureTexts): Line['points'] {
  return [...sweep]
    .sort((a, b) => a.parameters.total - b.parameters.total)
    .map((one) => ({
      x: one.parameters.total,
      y: 100 * one.accuracy.median,
      lower: 100 * one.accuracy.lowerQuartile,
      upper: 100 * one.accuracy.upperQuartile,
      tip: tipOf(one, texts),
    }));
}

export function tipOf(one: Aggregate, texts: FigureTexts): readonly string[] {
  const { phase, rate, accuracy, parameters } = one;
  const exact = `${texts.word('true')} ${formatNumber(trueRate(one), 'ratio')}`;
  return [
    texts.phase(phase) + (rate === null ? '' : `, CR ${formatNumber(rate, 'rate')} (${exact})`),
    `${texts.accuracy}: ${formatNumber(accuracy.median, 'percent')}`,
    `${texts.parameters}: ${formatNumber(parameters.total, 'count')}`,
    ...(accuracy.count > 1 ? [texts.results(accuracy.count)] : []),
  ];
}
