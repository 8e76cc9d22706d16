/**
 * The rank of each layer over the compression rate: one panel per way to choose ranks, one line per layer. Methods
 * that give a layer the same ranks share a panel.
 */

import type { TopLevelSpec } from 'vega-lite';
import { groupBy } from '../aggregate.ts';
import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import { medianOf } from '../spread.ts';
import type { Study } from '../study.ts';
import { type Canvas, plotWidth } from './canvas.ts';
import { type Line, lineLayers, SHARED } from './lines.ts';
import { DASHES, SHAPES, shade } from './palette.ts';
import { rateTicks } from './rate-axis.ts';
import { roundNumbers } from './round-numbers.ts';
import { chart } from './theme.ts';

const MOST_PANELS = 3;

/** Null if there are no two layers to compare, or no two rates. */
export function ranksChart(
  { rows }: Study,
  texts: FigureTexts,
  canvas: Canvas,
): TopLevelSpec | null {
  const posthoc = rows.filter(({ protocol, rate }) => protocol === 'posthoc' && rate !== null);
  const layers = [
    ...new Set(
      posthoc.flatMap((row) =>
        row.layers.filter(({ rank }) => rank !== null).map(({ name }) => name),
      ),
    ),
  ];
  const panels = new Map<string, { title: string; ranks: ReadonlyMap<string, readonly Point[]> }>();
  for (const group of groupBy(posthoc, ({ method }) => method)) {
    const ranks = new Map(layers.map((name) => [name, ranksOf(group, name)] as const));
    const key = JSON.stringify([...ranks]);
    if (new Set(group.map(({ rate }) => rate)).size < 2 || panels.has(key)) continue;
    panels.set(key, { title: group[0].label, ranks });
  }
  if (layers.length < 2 || panels.size === 0) return null;
  const shown = [...panels.values()].slice(0, MOST_PANELS);
  const points = shown.flatMap(({ ranks }) => [...ranks.values()].flat());
  const rates = points.map(({ rate }) => rate);
  const ends = points.map(({ rank }) => rank);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const width = plotWidth(shown.length === 1 ? canvas.column : canvas.page, shown.length, 20);
  const x = {
    title: texts.rate,
    scale: {
      type: 'log',
      domain: [Math.min(...rates), Math.max(...rates)],
      nice: false,
      padding: 6,
    },
    axis: { values: rateTicks(rates, width), labelExpr: 'format(datum.value, "~r")', grid: false },
  };
  const y = {
    title: texts.rank,
    scale: { type: 'log', domain: [least / 1.2, most * 1.2], nice: false },
    axis: { values: roundNumbers(least, most, 8), format: 'd' },
  };
  return chart(
    {
      spacing: 20,
      resolve: SHARED,
      hconcat: shown.map(({ title, ranks }) => ({
        title: { text: title, limit: width },
        width,
        height: 150,
        layer: lineLayers(
          layers.map((name, i) => lineOf(name, i, layers.length, ranks.get(name)!, texts)),
          x,
          y,
        ),
      })),
    },
    canvas,
  );
}

interface Point {
  readonly rate: number;
  readonly rank: number;
}

function ranksOf(rows: readonly Study['rows'][number][], name: string): readonly Point[] {
  const known = rows.flatMap((row) =>
    row.layers
      .filter((layer) => layer.name === name && layer.rank !== null && layer.rank > 0)
      .map(({ rank }) => ({ rate: row.rate!, rank: rank! })),
  );
  return groupBy(known, ({ rate }) => String(rate))
    .map((group) => ({ rate: group[0].rate, rank: medianOf(group.map(({ rank }) => rank)) }))
    .sort((a, b) => a.rate - b.rate);
}

function lineOf(
  name: string,
  i: number,
  count: number,
  points: readonly Point[],
  texts: FigureTexts,
): Line {
  return {
    label: name,
    colour: shade(i, count),
    shape: SHAPES[i % SHAPES.length]!,
    dash: DASHES[i % DASHES.length]!,
    points: points.map(({ rate, rank }) => ({
      x: rate,
      y: rank,
      tip: [`CR ${formatNumber(rate, 'rate')}`, `${texts.rank}: ${formatNumber(rank, 'rate')}`],
    })),
  };
}
