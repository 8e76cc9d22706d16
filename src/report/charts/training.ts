/**
 * Loss and accuracy by epoch, of the training of the original network and of the fine-tuning of others: medians over
 * the trainings of one method. Lines for held-out images are dashed.
 */

import type { TopLevelSpec } from 'vega-lite';
import { curveFamilies, curveNames, seriesOf } from '../../base/curve.ts';
import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import type { CurveRow } from '../results.ts';
import { spreadOf } from '../spread.ts';
import { distinct } from '../study.ts';
import type { Summary } from '../summary.ts';
import { type Canvas, plotWidth } from './canvas.ts';
import { type Encoding, type Line, lineLayers, SHARED, TUNED_DASHES } from './lines.ts';
import { looksOf } from './palette.ts';
import { chart, FAINT_INK, INK } from './theme.ts';
import { tip } from './tooltip.ts';

const COLUMNS = 2;
const GAP = 24;
/** Finer than this, a line shows only noise. */
const BINS = 80;

/** Null if there are no curves. */
export function trainingChart(
  { study: { curves }, looks: measured }: Pick<Summary, 'study' | 'looks'>,
  texts: FigureTexts,
  canvas: Canvas,
): TopLevelSpec | null {
  const methods = distinct(curves.flatMap(({ method }) => method ?? []));
  // A network can be fine-tuned and never be measured.
  const others = methods.filter((method) => !measured.has(method));
  const looks = new Map([
    ...measured,
    ...looksOf(others.map((method) => ({ method, base: method }))),
  ]);
  const width = plotWidth(canvas.page, COLUMNS, GAP);
  const colourOf = ({ method, tuned }: CurveRow): string =>
    method !== null ? looks.get(method)!.colour : tuned === null ? INK : FAINT_INK;
  const series = new Map(curves.map((curve) => [labelOf(curve, texts), colourOf(curve)]));
  const panels = [false, true].flatMap((isTuned) => {
    const own = curves.filter(({ tuned }) => (tuned !== null) === isTuned);
    const families = curveFamilies(curveNames(own.flatMap(({ points }) => points)));
    return [...families].map(([family, [trained, heldOut]]) => {
      const factor = family === 'accuracy' ? 100 : 1;
      const lines = (name: string | undefined): readonly Line[] =>
        [...series].map(([label, colour]) => ({
          label,
          colour,
          shape: 'stroke',
          points:
            name === undefined
              ? []
              : pointsOf(
                  own.filter((curve) => labelOf(curve, texts) === label),
                  name,
                  factor,
                ),
        }));
      return panelOf(family, isTuned, [lines(trained), lines(heldOut)], width, texts);
    });
  });
  if (panels.length === 0) return null;
  return chart(
    {
      columns: COLUMNS,
      spacing: { row: 14, column: GAP },
      resolve: SHARED,
      concat: panels,
    },
    canvas,
  );
}

function panelOf(
  family: string,
  isTuned: boolean,
  [trained, heldOut]: readonly [readonly Line[], readonly Line[]],
  width: number,
  texts: FigureTexts,
) {
  const y = {
    title: texts.word(family === 'accuracy' ? 'Accuracy (%)' : 'Loss'),
    scale: { zero: false, nice: true },
    axis: { tickCount: 4, format: '~r' },
  };
  const x = {
    title: texts.word('Epoch'),
    scale: { nice: false, zero: true },
    axis: { tickCount: 6, format: '~r', grid: false },
  };
  return {
    title: { text: texts.word(isTuned ? 'Fine-tuning' : 'Training') },
    width,
    height: 120,
    layer: [
      ...lineLayers(trained, x, y),
      ...heldOut.filter(({ points }) => points.length > 0).map((line) => dashed(line, x, y)),
    ],
  };
}

/** Without an entry in the legend: it has the colour of the line for the training images. */
function dashed({ label, colour, points }: Line, x: Encoding, y: Encoding): object {
  return {
    data: { values: points.map((point) => ({ x: point.x, y: point.y, series: tip(label) })) },
    mark: {
      ...{ type: 'line', strokeWidth: 1.25, strokeDash: TUNED_DASHES[0], color: colour },
      aria: true,
    },
    encoding: {
      x: { ...x, field: 'x', type: 'quantitative' },
      y: { ...y, field: 'y', type: 'quantitative' },
      description: { field: 'series', type: 'nominal' },
    },
  };
}

/** The method, or for an uncompressed network what is done to it. */
function labelOf({ label, tuned }: CurveRow, texts: FigureTexts): string {
  return label ?? texts.word(tuned === null ? 'Original' : 'Control');
}

/** By epoch: the median of the curves, and its quartiles. */
function pointsOf(curves: readonly CurveRow[], name: string, factor: number): Line['points'] {
  const bins = new Map<number, number[]>();
  const epochs = Math.max(...curves.map(({ points }) => points.at(-1)?.epoch ?? 0));
  for (const { points } of curves) {
    const last = points.at(-1);
    if (last?.epoch === undefined) continue;
    const own = new Map<number, number[]>();
    for (const [step, value] of seriesOf(points, name)) {
      const bin = Math.ceil((step / last.step) * (last.epoch / epochs) * BINS);
      own.set(bin, [...(own.get(bin) ?? []), value]);
    }
    for (const [bin, values] of own) {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      bins.set(bin, [...(bins.get(bin) ?? []), mean]);
    }
  }
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([bin, values]) => {
      const { median, lowerQuartile, upperQuartile } = spreadOf(values);
      return {
        x: (bin * epochs) / BINS,
        y: factor * median,
        lower: factor * lowerQuartile,
        upper: factor * upperQuartile,
        tip: [formatNumber(factor * median, 'error')],
      };
    });
}
