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
import { type Canvas, plotWidth, scaleOf } from './canvas.ts';
import { type Line, lineLayers, SHARED, within } from './lines.ts';
import { sizeTicks } from './round-numbers.ts';
import { chart, INK } from './theme.ts';

const MOST_PANELS = 2;

/** Null if there are no two points to draw a line between. */
export function tradeoffChart(
  summary: Summary,
  texts: FigureTexts,
  canvas: Canvas,
): TopLevelSpec | null {
  const { aggregates, baseline } = summary;
  const sweeps = sweepsOf(aggregates).filter((sweep) => sweep.length > 1);
  if (sweeps.length === 0) return null;
  const phases = phasesOf(aggregates).slice(0, MOST_PANELS);
  const reach = sweeps.flat().map(({ parameters }) => parameters.total);
  const [least, most] = [Math.min(...reach), Math.max(...reach)];
  const reference: readonly Line[] =
    baseline === null
      ? []
      : [
          {
            label: texts.baseline(formatNumber(baseline.accuracy.median, 'percent')),
            colour: INK,
            shape: 'stroke',
            points: [least, most].map((x) => ({ x, y: 100 * baseline.accuracy.median, tip: [] })),
          },
        ];
  // Every method is in every panel, so that both panels share a legend.
  const lines = (phase: string): readonly Line[] => [
    ...[...summary.looks].flatMap(([method, look]) => {
      const known = sweeps.filter(([first]) => first.method === method);
      if (known.length === 0) return [];
      const sweep = known.find(([first]) => first.phase === phase) ?? [];
      return [{ label: known[0]![0].label, ...look, points: pointsOf(sweep, texts) }];
    }),
    ...reference,
  ];
  const x = {
    title: texts.parameters,
    scale: { type: 'log', domain: [least, most], nice: false, padding: 6 },
    axis: { format: '~s', ...sizeTicks(least, most), grid: false },
  };
  const y = {
    title: texts.accuracy,
    scale: scaleOf(canvas.accuracy),
    axis: { tickCount: 5, format: '~r' },
  };
  return chart(
    {
      spacing: 24,
      // One scale of the accuracy, so that the panels can be compared.
      resolve: { ...SHARED, scale: { ...SHARED.scale, y: 'shared' } },
      hconcat: phases.map((phase) => ({
        title: texts.capitalised(texts.phase(phase)),
        width: plotWidth(canvas.page, phases.length),
        height: 180,
        layer: lineLayers(
          lines(phase).map((line) => within(line, canvas.accuracy)),
          x,
          y,
        ),
      })),
    },
    canvas,
  );
}

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
