/** The figures of a study: their list, drawings and captions. */

import type { TopLevelSpec } from 'vega-lite';
import { phasesOf } from './aggregate.ts';
import { accuracyChart } from './charts/accuracy.ts';
import { accuracyPanels } from './charts/accuracy-panels.ts';
import { differencesChart } from './charts/differences.ts';
import { errorRatioChart } from './charts/error-ratio.ts';
import { latencyChart } from './charts/latency.ts';
import { parametersChart } from './charts/parameters.ts';
import { paretoChart } from './charts/pareto.ts';
import type { PrintWidth } from './charts/print-width.ts';
import { publishedPanels } from './charts/published-panels.ts';
import { ranksChart } from './charts/ranks.ts';
import { schemeSvg } from './charts/scheme.ts';
import { NOISE_FLOOR, spectrumChart } from './charts/spectrum.ts';
import { tradeoffChart } from './charts/tradeoff.ts';
import { trainingChart } from './charts/training.ts';
import { tuningChart } from './charts/tuning.ts';
import { formatNumber } from './format.ts';
import { countTests } from './hypotheses.ts';
import type { About, Captioned, FigureName, FigureTexts, Texts } from './locales/texts.ts';
import { publishedCurve } from './published/curves.ts';
import { hasParts, slugOf } from './study.ts';

import type { Summary } from './summary.ts';

export interface Figure extends Captioned {
  /** The name of its files, without the extension. */
  readonly name: string;
  /** The specification of a chart, or the drawing itself. */
  readonly drawing: TopLevelSpec | string;
  readonly width: PrintWidth;
  /** Shown at once; the others are folded. */
  readonly isMain: boolean;
}

interface Draft {
  readonly figure: FigureName;
  readonly drawing: TopLevelSpec | string | null;
  readonly width?: PrintWidth;
  readonly isMain?: boolean;
  /** For figures that exist once per phase. */
  readonly phase?: string;
  readonly isPublished?: boolean;
}

export function figuresOf(summary: Summary, texts: Texts): readonly Figure[] {
  const { study } = summary;
  const words = { ...texts.figures, accuracy: texts.measures[study.measure].axis };
  const drafts: readonly Draft[] = [
    {
      figure: 'differences',
      drawing: differencesChart(summary.hypotheses, words),
      width: 'page',
      isMain: true,
    },
    ...accuracyDrafts(summary, words),
    { figure: 'tradeoff', drawing: tradeoffChart(summary, words), width: 'page', isMain: true },
    { figure: 'latency', drawing: latencyChart(summary, words), width: 'page', isMain: true },
    ...(['svd', 'cur'] as const).map((family): Draft => {
      const published = publishedCurve(study, family);
      const drawing = publishedPanels(summary, family, published, words);
      return {
        figure: `published-${family}`,
        drawing,
        width: 'page',
        isPublished: published !== null,
      };
    }),
    { figure: 'front', drawing: paretoChart(summary, words), width: 'page' },
    { figure: 'tuning', drawing: tuningChart(summary, words), width: 'page' },
    { figure: 'training', drawing: trainingChart(summary, words), width: 'page' },
    { figure: 'errors', drawing: errorRatioChart(study, words), width: 'page' },
    { figure: 'parameters', drawing: parametersChart(summary, words) },
    { figure: 'ranks', drawing: ranksChart(study, words) },
    { figure: 'spectrum', drawing: spectrumChart(study.spectra, words) },
    { figure: 'scheme', drawing: schemeSvg(study, words) },
  ];
  return drafts.flatMap(({ figure, drawing, phase, isPublished = false, ...rest }) => {
    if (drawing === null) return [];
    const about = aboutOf(summary, phase, isPublished, words);
    const parts = [figure, ...(phase === undefined ? [] : [slugOf(phase)]), study.slug];
    const placed = { width: 'column', isMain: false, ...rest } as const;
    return [{ ...placed, ...texts.captions[figure](about), drawing, name: parts.join('-') }];
  });
}

/** With more methods than this, each has its own panel; with fewer, they share one per phase. */
const MANY_METHODS = 6;

function accuracyDrafts(summary: Summary, words: FigureTexts): readonly Draft[] {
  const { aggregates } = summary;
  const views = ['whole', 'near-baseline'] as const;
  const nameOf = (view: (typeof views)[number]): FigureName =>
    view === 'whole' ? 'accuracy' : 'accuracy-near-baseline';
  const methods = new Set(
    aggregates.filter(({ rate }) => rate !== null).map(({ method }) => method),
  );
  if (methods.size <= MANY_METHODS) {
    return views.map((view) => ({
      figure: nameOf(view),
      drawing: accuracyChart(summary, view, words),
      isMain: true,
    }));
  }
  return phasesOf(aggregates).flatMap((phase) =>
    views.map((view) => ({
      figure: nameOf(view),
      drawing: accuracyPanels(summary, view, phase, words),
      width: 'page',
      isMain: view === 'whole',
      phase,
    })),
  );
}

function aboutOf(
  { study, aggregates, hypotheses, tolerance }: Summary,
  phase: string | undefined,
  isPublished: boolean,
  words: FigureTexts,
): About {
  return {
    model: study.model,
    dataset: study.dataset,
    measure: study.measure,
    hasParts: hasParts(study),
    seeds: Math.max(0, ...aggregates.map(({ accuracy }) => accuracy.count)),
    floor: formatNumber(-4 * tolerance, 'points'),
    phase: phase === undefined ? null : words.phase(phase),
    isPublished,
    leftOut: study.spectra.flatMap(({ layer, values }) => {
      const largest = values[0] ?? 0;
      const below = values.filter((value) => !(value / largest >= NOISE_FLOOR)).length;
      return below === 0 ? [] : [`${formatNumber(below, 'count')} of ${layer}`];
    }),
    truncated: study.spectra.flatMap(({ layer, rows, cols, values, truncated }) =>
      truncated
        ? [
            `${formatNumber(values.length, 'count')} of ${formatNumber(Math.min(rows, cols), 'count')} of ${layer}`,
          ]
        : [],
    ),
    approximate: study.spectra.flatMap(({ layer, approximate }) => (approximate ? [layer] : [])),
    hasControl: aggregates.some(
      (one) => one.reference === 'control' && (phase === undefined || phase === one.phase),
    ),
    tests: countTests(hypotheses),
    machines: study.latencies,
  };
}
