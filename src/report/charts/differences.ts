/**
 * The difference of each method from SVD at equal numbers of parameters, with the interval of its verdict: one row per
 * method, one panel per phase. A mark is hollow if no difference was shown.
 */

import type { TopLevelSpec } from 'vega-lite';
import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import type { Summary } from '../summary.ts';
import { type Canvas, PADDING, plotWidth } from './canvas.ts';
import { textWidths } from './font.ts';
import { chart, INK } from './theme.ts';
import { TOOLTIP, tip } from './tooltip.ts';

/** Null if nothing was tested. */
export function differencesChart(
  { hypotheses, looks }: Pick<Summary, 'hypotheses' | 'looks'>,
  texts: FigureTexts,
  canvas: Canvas,
): TopLevelSpec | null {
  const values = hypotheses.flatMap(({ method, label, phase, estimate, test, verdict }) =>
    estimate === null || test === null
      ? []
      : [
          {
            method: label,
            panel: texts.capitalised(texts.phase(phase)),
            mean: 100 * estimate.mean,
            lower: 100 * test.lower,
            upper: 100 * test.upper,
            id: method,
            verdict: texts.capitalised(texts.phase(verdict)),
            isShown: verdict !== NOT_SHOWN,
            tip: tip(
              label,
              label,
              texts.phase(phase),
              `${formatNumber(estimate.mean, 'points')} (${formatNumber(test.lower, 'points')} … ${formatNumber(test.upper, 'points')}, ${formatNumber(test.level, 'percent')})`,
            ),
          },
        ],
  );
  if (values.length === 0) return null;
  const panels = [...new Set(values.map(({ panel }) => panel))];
  // In the order of the first panel, the best first. Methods that only other panels have come last.
  const place = ({ panel, mean }: (typeof values)[number]): number =>
    1e6 * panels.indexOf(panel) - mean;
  const methods = [
    ...new Set([...values].sort((a, b) => place(a) - place(b)).map(({ method }) => method)),
  ];
  const x = {
    type: 'quantitative',
    title: texts.word('Difference from SVD (points)'),
    scale: { zero: true, nice: true },
    axis: { tickCount: 4, format: '~r', grid: true },
  } as const;
  const y = {
    field: 'method',
    type: 'nominal',
    sort: methods,
    title: null,
    axis: { grid: false, labelLimit: 0, domain: false, ticks: false },
  } as const;
  const labels = new Map(values.map(({ id, method }) => [id, method]));
  const known = [...looks].filter(([method]) => labels.has(method));
  const domain = known.map(([method]) => labels.get(method)!);
  const of = (range: readonly string[]) => ({
    field: 'method',
    type: 'nominal',
    scale: { domain, range },
    legend: null,
  });
  const colours = of(known.map(([, { colour }]) => colour));
  const shapes = of(known.map(([, { shape }]) => shape));
  const widthOf = textWidths(canvas.font);
  const left = Math.max(...methods.map((method) => widthOf(method, 10))) + 10;
  const columns = Math.min(MOST_COLUMNS, panels.length);
  // Only the first column has labels. Half a tick label juts out at the right.
  const width = plotWidth(canvas.page - left - 2 * PADDING, columns, GAP, 0);
  const point = { type: 'point', opacity: 1, size: 42, strokeWidth: 1.25, aria: true } as const;
  const at = { ...TOOLTIP, y, x: { ...x, field: 'mean' }, stroke: colours, shape: shapes };
  return chart(
    {
      data: { values },
      facet: { field: 'panel', type: 'nominal', sort: panels, title: null },
      columns,
      spacing: GAP,
      // After fine-tuning the differences are much smaller.
      resolve: { scale: { x: 'independent' } },
      spec: {
        width,
        height: { step: 15 },
        layer: [
          {
            mark: { type: 'rule', color: INK, strokeWidth: 0.75 },
            encoding: { x: { ...x, datum: 0 } },
          },
          {
            mark: { type: 'rule', strokeWidth: 1.5 },
            encoding: { y, x: { ...x, field: 'lower' }, x2: { field: 'upper' }, color: colours },
          },
          {
            transform: [{ filter: 'datum.isShown' }],
            mark: point,
            encoding: { ...at, fill: colours },
          },
          {
            transform: [{ filter: '!datum.isShown' }],
            mark: { ...point, fill: 'white' },
            encoding: at,
          },
        ],
      },
    },
    canvas,
  );
}

const NOT_SHOWN = 'no difference shown';
const MOST_COLUMNS = 2;
/** Keeps the labels at the ends of two axes apart. */
const GAP = 30;
