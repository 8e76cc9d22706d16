/**
 * The published figure again: accuracy and parameters over compression rate for one family of methods, side by side,
 * with the published curve if there is one. Fine-tuned networks have hollow marks and dashed lines.
 */

import type { TopLevelSpec } from 'vega-lite';
import { phasesOf, type Sweep, sweepsOf } from '../aggregate.ts';
import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import type { PublishedCurve } from '../published/curves.ts';
import type { Summary } from '../summary.ts';
import { type Canvas, plotWidth, scaleOf } from './canvas.ts';
import { type Line, lineLayers, SHARED, TUNED_DASHES, within } from './lines.ts';
import { DASHES } from './palette.ts';
import { rateTicks } from './rate-axis.ts';
import { sizeTicks } from './round-numbers.ts';
import { chart, FAINT_INK } from './theme.ts';

/** With more lines than this, a figure is unreadable, and only the published methods and phases are drawn. */
const MOST_LINES = 7;

/** Null if there are no two rates to draw a line between. */
export function publishedPanels(
  { study, aggregates, looks }: Summary,
  family: PublishedCurve['family'],
  published: PublishedCurve | null,
  texts: FigureTexts,
  canvas: Canvas,
): TopLevelSpec | null {
  const sweeps = chosen(sweepsOf(aggregates).filter(([first]) => first.family === family));
  const rates = [...new Set(sweeps.flat().map(({ rate }) => rate!))];
  if (rates.length < 2) return null;
  const places = [...looks.keys()];
  const place = ([{ method }]: Sweep): number => places.indexOf(method);
  const tuned = phasesOf(aggregates).filter((phase) => phase !== 'post-hoc');
  const phaseLook = (phase: string) =>
    phase === 'post-hoc'
      ? { dash: DASHES[0]! }
      : { dash: TUNED_DASHES[tuned.indexOf(phase) % TUNED_DASHES.length]!, isHollow: true };
  const ordered = [...sweeps].sort((a, b) => place(a) - place(b));
  const drawn = (of: 'accuracy' | 'parameters'): readonly Line[] => [
    ...(published === null
      ? []
      : [
          {
            label: texts.published,
            colour: FAINT_INK,
            shape: 'stroke',
            points: published.points.map(({ rate, accuracy, parameters }) => ({
              x: rate,
              y: of === 'accuracy' ? 100 * accuracy : parameters,
              tip: [],
            })),
          },
        ]),
    ...ordered.map((sweep) => ({
      label: `${sweep[0].label}, ${texts.phase(sweep[0].phase)}`,
      ...looks.get(sweep[0].method)!,
      ...phaseLook(sweep[0].phase),
      points: sweep.map(({ rate, accuracy, parameters }) => ({
        x: rate!,
        ...(of === 'accuracy'
          ? {
              y: 100 * accuracy.median,
              lower: 100 * accuracy.lowerQuartile,
              upper: 100 * accuracy.upperQuartile,
            }
          : { y: parameters.total }),
        tip: [
          `CR ${formatNumber(rate, 'rate')}`,
          `${texts.accuracy}: ${formatNumber(accuracy.median, 'percent')}`,
          `${texts.parameters}: ${formatNumber(parameters.total, 'count')}`,
        ],
      })),
    })),
  ];
  const width = plotWidth(canvas.page, 2);
  const all = [...rates, ...(published?.points.map(({ rate }) => rate) ?? [])];
  const domain = [Math.min(...all), Math.max(...all)];
  const x = {
    title: texts.rate,
    scale: { type: 'log', domain, nice: false, padding: 6 },
    axis: { values: rateTicks(all, width), labelExpr: 'format(datum.value, "~r")', grid: false },
  };
  const counts = drawn('parameters').flatMap(({ points }) => points.map(({ y }) => y!));
  const [least, most] = [Math.min(...counts) / 1.3, Math.max(...counts) * 1.3];
  const accuracy = {
    title: texts.accuracy,
    scale: scaleOf(canvas.accuracy),
    axis: { tickCount: 5, format: '~r' },
  };
  const parameters = {
    title: texts.parameters,
    scale: { type: 'log', domain: [least, most], nice: false },
    axis: { format: '~s', ...sizeTicks(least, most) },
  };
  const shown = drawn('accuracy').map((line) => within(line, canvas.accuracy));
  return chart(
    {
      spacing: 24,
      resolve: SHARED,
      hconcat: [
        { name: study.measure, width, height: 150, layer: lineLayers(shown, x, accuracy) },
        {
          name: 'parameters',
          width,
          height: 150,
          layer: lineLayers(drawn('parameters'), x, parameters),
        },
      ],
    },
    canvas,
  );
}

/** In the order of the published paper: its CUR first, after compression alone and as published. */
function chosen(sweeps: readonly Sweep[]): readonly Sweep[] {
  const long = sweeps.filter((sweep) => sweep.length > 1);
  if (long.length <= MOST_LINES) return long;
  const rank = ([{ method, phase }]: Sweep): number =>
    2 * PHASES.indexOf(phase.split(' ')[0]!) + (USUAL.includes(method) ? 0 : 100);
  return [...long].sort((a, b) => rank(a) - rank(b)).slice(0, MOST_LINES);
}

const USUAL = ['svd', 'svd-published', 'cur-published', 'cur-lineartime', 'cur-leverage'];
const PHASES = ['published', 'post-hoc', 'fine-tuned'];
