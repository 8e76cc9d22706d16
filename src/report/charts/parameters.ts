/**
 * Parameters over compression rate, both logarithmic: of the whole network, which levels off at the part that is never
 * compressed, and of its classifier if that is known. Methods of a family with the same counts share a line.
 */

import type { TopLevelSpec } from 'vega-lite';
import { type Aggregate, sweepsOf } from '../aggregate.ts';
import { formatNumber } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import { hasParts } from '../study.ts';
import type { Summary } from '../summary.ts';
import { type Canvas, plotWidth } from './canvas.ts';
import { DASHES, type Look } from './palette.ts';
import { rateEncoding } from './rate-axis.ts';
import { roundNumbers } from './round-numbers.ts';
import { chart, FAINT_INK, INK } from './theme.ts';

/** Null if there are no two rates to draw a line between. */
export function parametersChart(
  summary: Summary,
  texts: FigureTexts,
  canvas: Canvas,
): TopLevelSpec | null {
  const parts = PARTS.map(texts.word);
  const divided = hasParts(summary.study);
  const series = seriesOf(summary, texts);
  const rates = [...new Set(series.flatMap(({ points }) => points.map(({ rate }) => rate!)))];
  if (rates.length < 2) return null;
  const largest = sweepsOf(summary.aggregates).some((sweep) => sweep.length > 15) ? 12 : 70;
  const points = series.flatMap((line, i) => {
    // Hollow and of falling size, since the counts of different methods almost coincide.
    const look = { method: line.label, size: largest / (1 + 1.6 * i) };
    return line.points.flatMap(({ rate, parameters }) => [
      { ...look, rate, part: parts[0], parameters: parameters.total },
      ...(divided ? [{ ...look, rate, part: parts[1], parameters: parameters.classifier }] : []),
    ]);
  });
  const reference = referenceOf(summary.baseline, texts);
  const styles = [...series, ...reference];
  const domain = styles.map(({ label }) => label);
  const field = { field: 'method', type: 'nominal', title: null } as const;
  const width = plotWidth(canvas.column);
  const horizontal = rateEncoding(
    rates,
    series.map(({ label }) => label),
    texts.rate,
    width,
  );
  const counts = [...points, ...reference].map(({ parameters }) => parameters);
  const [least, greatest] = [Math.min(...counts) / 1.3, Math.max(...counts) * 1.3];
  const vertical = {
    type: 'quantitative',
    field: 'parameters',
    title: texts.parameters,
    scale: { type: 'log', domain: [least, greatest], nice: false },
    axis: { format: '~s', values: roundNumbers(least, greatest, 8) },
  } as const;
  const dash = {
    field: 'part',
    type: 'nominal',
    title: null,
    scale: {
      domain: parts,
      range: [
        [1, 0],
        [4, 2],
      ],
    },
    legend: divided ? { symbolStrokeColor: INK, symbolType: 'stroke', symbolSize: 250 } : null,
  } as const;
  return chart(
    {
      width,
      height: 170,
      encoding: {
        color: { ...field, scale: { domain, range: styles.map(({ colour }) => colour) } },
      },
      layer: [
        {
          data: {
            values: reference.map(({ label, parameters }) => ({ method: label, parameters })),
          },
          mark: { type: 'rule', strokeWidth: 1 },
          encoding: { y: vertical },
        },
        {
          data: { values: points },
          mark: { type: 'line' },
          encoding: { ...horizontal, y: vertical, strokeDash: dash },
        },
        {
          data: { values: points },
          mark: { type: 'point', filled: false, strokeWidth: 1.25, opacity: 1 },
          encoding: {
            ...horizontal,
            y: vertical,
            detail: { field: 'part', type: 'nominal' },
            shape: { ...field, scale: { domain, range: styles.map(({ shape }) => shape) } },
            size: { field: 'size', type: 'quantitative', scale: null, legend: null },
          },
        },
      ],
    },
    canvas,
  );
}

const PARTS = ['Whole network', 'Classifier'] as const;

interface Series extends Look {
  readonly label: string;
  readonly points: readonly Aggregate[];
}

/** SVD, then CUR. Methods of a family with the same counts at every rate are one series. */
function seriesOf({ aggregates, looks }: Summary, texts: FigureTexts): readonly Series[] {
  const sweeps = new Map(sweepsOf(aggregates).map((sweep) => [sweep[0].method, sweep]));
  const groups = new Map<string, Aggregate[][]>();
  for (const sweep of sweeps.values()) {
    const counts = sweep.map(({ rate, parameters }) => `${rate} ${parameters.total}`).join(', ');
    const key = `${sweep[0].family} ${counts}`;
    groups.set(key, [...(groups.get(key) ?? []), [...sweep]]);
  }
  return [...groups.values()].map((group) => {
    const { family, method, label } = group[0]![0]!;
    const isWholeFamily =
      group.length === [...sweeps.values()].filter(([first]) => first.family === family).length;
    const some = isWholeFamily
      ? `${texts.word('all')} ${group.length}`
      : `${group.length} ${texts.word('alike')}`;
    const joined =
      isWholeFamily || group.length > 2
        ? `${family === 'int8' ? family : family.toUpperCase()} (${some})`
        : group.map((sweep) => sweep[0]!.label).join(' / ');
    return {
      label: group.length === 1 ? label : joined,
      points: group[0]!,
      // A group of CURs has its own look; SVD keeps its look.
      ...(group.length === 1 || family === 'svd'
        ? looks.get(method)!
        : { colour: FAINT_INK, shape: 'diamond', dash: DASHES[0]! }),
    };
  });
}

function referenceOf(baseline: Aggregate | null, texts: FigureTexts) {
  if (baseline === null) return [];
  const { total } = baseline.parameters;
  return [
    {
      label: `${texts.word('Uncompressed')} (${formatNumber(total, 'count')})`,
      parameters: total,
      colour: INK,
      shape: 'stroke',
      dash: DASHES[0]!,
    },
  ];
}
