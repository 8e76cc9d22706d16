/**
 * The singular values of each layer, relative to the largest, over their index from 1. Their decay shows how much a
 * low-rank approximation can keep. Both axes are logarithmic.
 */

import type { TopLevelSpec } from 'vega-lite';
import { superscript } from '../format.ts';
import type { FigureTexts } from '../locales/texts.ts';
import type { SpectrumRow } from '../results.ts';
import { type Canvas, plotWidth } from './canvas.ts';
import { DASHES, shade } from './palette.ts';
import { chart } from './theme.ts';

/** Null if there is nothing to draw. */
export function spectrumChart(
  spectra: readonly SpectrumRow[],
  texts: FigureTexts,
  canvas: Canvas,
): TopLevelSpec | null {
  const layers = spectra.map((spectrum) => ({
    layer: `${spectrum.layer} (${spectrum.rows} × ${spectrum.cols})`,
    points: drawnPoints(spectrum.values),
  }));
  const domain = layers.map(({ layer }) => layer);
  const values = layers.flatMap(({ layer, points }) => points.map((at) => ({ layer, ...at })));
  if (values.length === 0) return null;
  const least = Math.min(...values.map(({ ratio }) => ratio));
  const field = {
    field: 'layer',
    type: 'nominal',
    title: null,
    legend: { symbolType: 'stroke', symbolSize: 250 },
  } as const;
  const x = {
    field: 'index',
    type: 'quantitative',
    title: texts.word('Index of the singular value'),
    scale: { type: 'log', nice: false },
    axis: { values: [1, 10, 100, 1000, 10_000], format: 'd' },
  };
  const y = {
    field: 'ratio',
    type: 'quantitative',
    title: texts.word('Singular value / largest'),
    scale: { type: 'log', domain: [least / 1.2, 1], nice: false },
    axis: powersOfTen(least),
  };
  const color = {
    ...field,
    scale: { domain, range: domain.map((_, i) => shade(i, domain.length)) },
  };
  const strokeDash = {
    ...field,
    scale: { domain, range: domain.map((_, i) => DASHES[i % DASHES.length]!) },
  };
  // The shorter curves last, so that the longer ones do not hide them.
  const byLength = [...layers].sort((a, b) => b.points.length - a.points.length);
  return chart(
    {
      width: plotWidth(canvas.column),
      height: 170,
      layer: byLength.flatMap(({ layer, points }) => [
        {
          data: { values: points.map((at) => ({ layer, ...at })) },
          mark: { type: 'line' },
          encoding: { x, y, color, strokeDash },
        },
        // Its end, because a short curve is easily missed.
        {
          data: { values: points.slice(-1).map((at) => ({ layer, ...at })) },
          mark: { type: 'point', filled: true, opacity: 1, size: 24 },
          encoding: { x, y, color },
        },
      ]),
    },
    canvas,
  );
}

/** Below this, a ratio of single-precision numbers is rounding noise. */
export const NOISE_FLOOR = 1e-8;

/** The maximum number of marks: more would be finer than a pixel. */
const POINTS = 240;

/** Evenly spaced over the logarithm of the index; every index if there are few. */
function drawnPoints(values: readonly number[]): readonly { index: number; ratio: number }[] {
  const largest = values[0] ?? 0;
  const ratios = values.map((value) => value / largest);
  const firstNoise = ratios.findIndex((ratio) => !(ratio >= NOISE_FLOOR));
  const count = firstNoise < 0 ? ratios.length : firstNoise;
  const indices = new Set<number>();
  for (let i = 0; i < POINTS; i += 1) indices.add(Math.round(count ** (i / (POINTS - 1))));
  return [...indices]
    .filter((index) => index <= count)
    .map((index) => ({ index, ratio: ratios[index - 1]! }));
}

/** Down to `least`, in steps that leave at most six labels. If that is less than a decade: 1, 0.5, 0.2, 0.1. */
function powersOfTen(least: number) {
  const lowest = Math.ceil(Math.log10(least));
  if (lowest === 0) return { values: [1, 0.5, 0.2, 0.1], format: '~r' };
  const step = Math.ceil(-lowest / 5) || 1;
  const exponents = Array.from({ length: Math.floor(-lowest / step) + 1 }, (_, i) => -i * step);
  const labels = exponents.map((exponent) => (exponent === 0 ? '1' : `10${superscript(exponent)}`));
  return {
    values: exponents.map((exponent) => 10 ** exponent),
    labelExpr: `${JSON.stringify(labels)}[round(-log(datum.value) / LN10 / ${step})]`,
  };
}
