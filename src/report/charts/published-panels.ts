/**
 * The published figure again: accuracy and parameters over compression rate for one family of methods, side by side,
 * with the published curve if there is one.
 */

import type { TopLevelSpec } from 'vega-lite';
import { type Sweep, sweepsOf } from '../aggregate.ts';
import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import type { PublishedCurve } from '../published/curves.ts';
import type { Summary } from '../summary.ts';
import { dashOf, type Line, lineLayers, SHARED } from './lines.ts';
import { looksOf } from './palette.ts';
import { rateTicks } from './rate-axis.ts';
import { sizeTicks } from './round-numbers.ts';
import { FAINT_INK, theme } from './theme.ts';

/** With more lines than this, a figure is unreadable, and only the published methods and phases are drawn. */
const MOST_LINES = 7;
const WIDTH = 255;

/** Null if there are no two rates to draw a line between. */
export function publishedPanels(
  { aggregates, colours }: Summary,
  family: PublishedCurve['family'],
  published: PublishedCurve | null,
  texts: FigureTexts,
): TopLevelSpec | null {
  const sweeps = chosen(sweepsOf(aggregates).filter(([first]) => first.family === family));
  const rates = [...new Set(sweeps.flat().map(({ rate }) => rate!))];
  if (rates.length < 2) return null;
  const name = ([{ label, phase }]: Sweep): string => `${label}, ${texts.phase(phase)}`;
  const looks = looksOf(
    sweeps.map(([{ method, phase }]) => (phase === 'post-hoc' ? method : `${method} ${phase}`)),
    colours,
  );
  const styles = [...looks.values()];
  const drawn = (of: 'accuracy' | 'parameters'): readonly Line[] => [
    ...(published === null
      ? []
      : [
          {
            label: texts.published,
            colour: FAINT_INK,
            shape: 'stroke',
            dash: [4, 2],
            points: published.points.map(({ rate, accuracy, parameters }) => ({
              x: rate,
              y: of === 'accuracy' ? 100 * accuracy : parameters,
              tip: [],
            })),
          },
        ]),
    ...sweeps.map((sweep, i) => ({
      label: name(sweep),
      ...styles[i]!,
      dash: dashOf(i),
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
  const all = [...rates, ...(published?.points.map(({ rate }) => rate) ?? [])];
  const domain = [Math.min(...all), Math.max(...all)];
  const x = {
    title: texts.rate,
    scale: { type: 'log', domain, nice: false, padding: 6 },
    axis: { values: rateTicks(all, WIDTH), labelExpr: 'format(datum.value, "~r")', grid: false },
  };
  const counts = drawn('parameters').flatMap(({ points }) => points.map(({ y }) => y));
  const [least, most] = [Math.min(...counts) / 1.3, Math.max(...counts) * 1.3];
  const accuracy = {
    title: texts.accuracy,
    scale: { zero: false, nice: true },
    axis: { tickCount: 5, format: '~r' },
  };
  const parameters = {
    title: texts.parameters,
    scale: { type: 'log', domain: [least, most], nice: false },
    axis: { format: '~s', ...sizeTicks(least, most) },
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config: theme,
    spacing: 24,
    resolve: SHARED,
    hconcat: [
      { width: WIDTH, height: 150, layer: lineLayers(drawn('accuracy'), x, accuracy) },
      { width: WIDTH, height: 150, layer: lineLayers(drawn('parameters'), x, parameters) },
    ],
  } as object as TopLevelSpec;
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
