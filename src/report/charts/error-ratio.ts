/**
 * The error of each method divided by the least possible error at its rank: one panel per layer, one row per method
 * (the smallest ratio first), one mark per rate (darker for higher rates). Medians over seeds. SVD has the ratio 1 by
 * definition and is left out.
 */

import type { TopLevelSpec } from 'vega-lite';
import { groupBy } from '../aggregate.ts';
import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import type { Measurement } from '../measurement.ts';
import { medianOf } from '../spread.ts';
import { compareText, type Study } from '../study.ts';
import { excessOf } from '../tables/layers.ts';
import { type Canvas, PADDING, plotWidth } from './canvas.ts';
import { textWidths } from './font.ts';
import { shade } from './palette.ts';
import { roundNumbers } from './round-numbers.ts';
import { chart } from './theme.ts';
import { TOOLTIP, tip } from './tooltip.ts';

/** Null if only SVD's errors are known. */
export function errorRatioChart(
  { rows }: Study,
  texts: FigureTexts,
  canvas: Canvas,
): TopLevelSpec | null {
  const posthoc = rows.filter(({ protocol }) => protocol === 'posthoc');
  const names = new Set(posthoc.flatMap(({ layers }) => layers.map(({ name }) => name)));
  const isByLayer = names.size <= MOST_PANELS;
  const measured = posthoc.flatMap((row) => ratiosOf(row, isByLayer, texts));
  const values = groupBy(measured, ({ method, panel, rate }) =>
    JSON.stringify([method, panel, rate]),
  )
    .map((group) => ({ ...group[0], ratio: medianOf(group.map(({ ratio }) => ratio)) }))
    .map((one) => ({
      ...one,
      tip: tip(
        one.method,
        one.method,
        `${one.panel}, CR ${formatNumber(one.rate, 'rate')}`,
        `${texts.word('Error relative to the optimum')}: ${formatNumber(one.ratio, 'ratio')}`,
      ),
    }))
    .filter(({ ratio }) => ratio > 0);
  const ratiosBy = groupBy(values, ({ method }) => method).map((group) => ({
    method: group[0].method,
    median: medianOf(group.map(({ ratio }) => ratio)),
    // SVD is at 1 by definition.
    isExact: group.every(({ ratio }) => ratio <= 1 + 1e-6),
  }));
  const methods = ratiosBy
    .filter(({ isExact }) => !isExact)
    .sort((a, b) => a.median - b.median || compareText(a.method, b.method))
    .map(({ method }) => method);
  const drawn = values.filter(({ method }) => methods.includes(method));
  if (drawn.length === 0) return null;
  const panels = [...new Set(drawn.map(({ panel }) => panel))];
  const rates = drawn.map(({ rate }) => rate);
  const ends = [
    Math.min(1, ...drawn.map(({ ratio }) => ratio)),
    ...drawn.map(({ ratio }) => ratio),
  ];
  const [least, greatest] = [Math.min(...ends), Math.max(...ends) * 1.05];
  const widthOf = textWidths(canvas.font);
  const left = Math.max(...methods.map((method) => widthOf(method, 10))) + 10;
  return chart(
    {
      data: { values: drawn },
      facet: { field: 'panel', type: 'nominal', sort: panels, title: null },
      columns: MOST_PANELS,
      spacing: GAP,
      spec: {
        // Only the first column has labels. Half a tick label juts out at the right.
        width: plotWidth(canvas.page - left - 2 * PADDING, panels.length, GAP, 0),
        height: { step: 15 },
        mark: {
          type: 'point',
          filled: false,
          shape: TICK,
          size: 110,
          strokeWidth: 2,
          opacity: 1,
          aria: true,
        },
        encoding: {
          ...TOOLTIP,
          y: {
            field: 'method',
            type: 'nominal',
            sort: methods,
            title: null,
            axis: { grid: true, labelLimit: 0, domain: false, ticks: false },
          },
          x: {
            field: 'ratio',
            type: 'quantitative',
            title: texts.word('Error relative to the optimum'),
            scale: { type: 'log', domain: [least, greatest], nice: false },
            axis: {
              values: ticks(least, greatest),
              labelExpr: 'format(datum.value, "~r")',
              grid: true,
            },
          },
          color: {
            field: 'rate',
            type: 'quantitative',
            title: 'CR',
            scale: {
              type: 'log',
              range: [shade(1, 2), shade(0, 2)],
              domain: [Math.min(...rates), Math.max(...rates) * (1 + 1e-9)],
            },
            legend: LEGEND(rates),
          },
        },
      },
    },
    canvas,
  );
}

/** Keeps the labels at the ends of two axes apart. */
const GAP = 30;
/** The mark, also in the legend. */
const TICK = 'M0,-0.7L0,0.7';

const MOST_PANELS = 3;

/** A legend of symbols for some of the rates. A gradient would need an identifier, and a page has many figures. */
const LEGEND = (rates: readonly number[]) => {
  const sorted = [...new Set(rates)].sort((a, b) => a - b);
  const step = Math.max(1, Math.ceil((sorted.length - 1) / 4));
  return {
    type: 'symbol',
    symbolType: TICK,
    symbolSize: 110,
    symbolStrokeWidth: 2,
    direction: 'horizontal',
    columns: 0,
    titleOrient: 'left',
    values: sorted.filter((_, i) => i % step === 0),
  };
};

interface Ratio {
  readonly method: string;
  readonly panel: string;
  readonly rate: number;
  readonly ratio: number;
}

/** Single layers, or groups of layers by kind if there are many. */
function ratiosOf(
  { label, rate, layers }: Measurement,
  isByLayer: boolean,
  texts: FigureTexts,
): readonly Ratio[] {
  return layers.flatMap((layer) => {
    const ratio = excessOf(layer);
    if (ratio === null || rate === null) return [];
    const kind = texts.word(layer.kind === 'convolution' ? 'Convolutions' : 'Dense layers');
    return [{ method: label, panel: isByLayer ? layer.name : kind, rate, ratio }];
  });
}

function ticks(least: number, greatest: number): readonly number[] {
  if (greatest / least > 10) return roundNumbers(least, greatest, 5);
  const fine = greatest / least > 2 ? [1, 1.5, 2, 3, 4, 6, 8] : [1, 1.1, 1.2, 1.3, 1.5, 1.7];
  return fine.filter((value) => value >= least && value <= greatest);
}
