/** The figures of a study: which there are, what is drawn, and what is said under it. */

import type { TopLevelSpec } from 'vega-lite';
import { accuracyChart } from './charts/accuracy.ts';
import { parametersChart } from './charts/parameters.ts';
import { NOISE_FLOOR, spectrumChart } from './charts/spectrum.ts';
import { formatNumber, superscript } from './format.ts';
import type { SpectrumRow } from './results.ts';
import type { Summary } from './summary.ts';

export interface Figure {
  /** The name of its files, without the extension. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly spec: TopLevelSpec;
}

export function figuresOf(summary: Summary): readonly Figure[] {
  const { study, aggregates, tolerance } = summary;
  const where = `${study.model} on ${study.dataset}`;
  const seeds = Math.max(0, ...aggregates.map(({ accuracy }) => accuracy.count));
  const spread =
    seeds > 1
      ? ` Marks are medians over up to ${seeds} seeds, bands reach from quartile to quartile.`
      : '';
  const drawn = [
    {
      name: 'accuracy',
      title: 'Accuracy over compression rate',
      caption: `Test accuracy of ${where} over the compression rate asked for.${spread}`,
      spec: accuracyChart(summary, 'whole'),
    },
    {
      name: 'accuracy-near-baseline',
      title: 'Accuracy near the baseline',
      caption:
        `The same, as the difference from the baseline in percentage points, down to ` +
        `${formatNumber(-4 * tolerance, 'points')}. What lies above the grey line is within the tolerance.`,
      spec: accuracyChart(summary, 'near-baseline'),
    },
    {
      name: 'parameters',
      title: 'Parameters over compression rate',
      caption:
        'Parameters of the whole network (solid) and of its classifier (dashed). The network as a whole ' +
        'shrinks to what is never compressed.',
      spec: parametersChart(summary),
    },
    {
      name: 'spectrum',
      title: 'Decay of the singular values',
      caption: spectrumCaption(study.spectra),
      spec: spectrumChart(study.spectra),
    },
  ];
  return drawn.flatMap(({ name, spec, ...texts }) =>
    spec === null ? [] : [{ name: `${name}-${study.slug}`, spec, ...texts }],
  );
}

function spectrumCaption(spectra: readonly SpectrumRow[]): string {
  const noisy = spectra.flatMap(({ layer, values }) => {
    const largest = values[0] ?? 0;
    const below = values.filter((value) => !(value / largest >= NOISE_FLOOR)).length;
    return below === 0 ? [] : [`${formatNumber(below, 'count')} of ${layer}`];
  });
  const left =
    noisy.length === 0
      ? ''
      : ` Left out, as below 10${superscript(Math.log10(NOISE_FLOOR))}: ${noisy.join(', ')}.`;
  return `Singular values of each layer of the uncompressed network, over its largest.${left}`;
}
