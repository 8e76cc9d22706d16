/** The figures of a study: which there are, what is drawn, and what is said under it. */

import type { TopLevelSpec } from 'vega-lite';
import { phasesOf } from './aggregate.ts';
import { accuracyChart } from './charts/accuracy.ts';
import type { AccuracyView } from './charts/accuracy-frame.ts';
import { accuracyPanels } from './charts/accuracy-panels.ts';
import { differencesChart } from './charts/differences.ts';
import { errorRatioChart } from './charts/error-ratio.ts';
import { parametersChart } from './charts/parameters.ts';
import { NOISE_FLOOR, spectrumChart } from './charts/spectrum.ts';
import { formatNumber, superscript } from './format.ts';
import type { SpectrumRow } from './results.ts';
import { slugOf } from './study.ts';
import type { Summary } from './summary.ts';

export interface Figure {
  /** The name of its files, without the extension. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly spec: TopLevelSpec;
  /** Of several panels side by side: it takes the width of the page. */
  readonly isWide: boolean;
  /** The first thing to see; the others unfold. */
  readonly isMain: boolean;
}

type Draft = Omit<Figure, 'spec' | 'isWide' | 'isMain'> &
  Partial<Pick<Figure, 'isWide' | 'isMain'>> & { readonly spec: TopLevelSpec | null };

export function figuresOf(summary: Summary): readonly Figure[] {
  const { study } = summary;
  const drafts: readonly Draft[] = [
    {
      name: 'differences',
      title: 'Difference from SVD',
      caption:
        'Mean difference in accuracy from SVD at equal numbers of parameters, over the rates that could be ' +
        'compared, with its 95% interval. The verdicts are corrected for the number of tests.',
      spec: differencesChart(summary.hypotheses),
      isWide: true,
      isMain: true,
    },
    ...accuracyFigures(summary),
    {
      name: 'errors',
      title: 'Error over the least one possible',
      caption:
        'Error of the factored weights, post-hoc, over that of the best approximation of the same rank ' +
        '(the truncated SVD, at 1): a row a method, a mark a rate, the darker the higher. Medians over seeds.',
      spec: errorRatioChart(study),
      isWide: true,
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
  return drafts.flatMap(({ name, spec, ...rest }) =>
    spec === null
      ? []
      : [{ isWide: false, isMain: false, ...rest, spec, name: `${name}-${study.slug}` }],
  );
}

/** More methods than this have a panel each; fewer share one a phase. */
const MANY_METHODS = 6;

function accuracyFigures(summary: Summary): readonly Draft[] {
  const { study, aggregates, tolerance } = summary;
  const where = `${study.model} on ${study.dataset}`;
  const seeds = Math.max(0, ...aggregates.map(({ accuracy }) => accuracy.count));
  const spread =
    seeds > 1
      ? ` Marks are medians over up to ${seeds} seeds, bands reach from quartile to quartile.`
      : '';
  const near =
    `Test accuracy of ${where}, as the difference from the baseline in percentage points, down to ` +
    `${formatNumber(-4 * tolerance, 'points')}. What lies above the grey line is within the tolerance.`;
  const views: readonly (readonly [AccuracyView, string, string])[] = [
    [
      'whole',
      'Accuracy over compression rate',
      `Test accuracy of ${where} over the compression rate asked for.${spread}`,
    ],
    ['near-baseline', 'Accuracy near the baseline', near],
  ];
  const nameOf = (view: AccuracyView): string =>
    view === 'whole' ? 'accuracy' : `accuracy-${view}`;
  const methods = new Set(
    aggregates.filter(({ rate }) => rate !== null).map(({ method }) => method),
  );
  if (methods.size <= MANY_METHODS) {
    return views.map(([view, title, caption]) => ({
      name: nameOf(view),
      title,
      caption,
      spec: accuracyChart(summary, view),
      isMain: true,
    }));
  }
  return phasesOf(aggregates).flatMap((phase) =>
    views.map(([view, title, caption]) => ({
      name: `${nameOf(view)}-${slugOf(phase)}`,
      title: `${title}, ${phase}`,
      caption: `${caption} A panel a method; SVD is the dashed line.`,
      spec: accuracyPanels(summary, view, phase),
      isWide: true,
      isMain: view === 'whole',
    })),
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
