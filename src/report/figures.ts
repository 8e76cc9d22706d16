/** The figures of a study: their list, drawings and captions. */

import type { TopLevelSpec } from 'vega-lite';
import { phasesOf } from './aggregate.ts';
import { accuracyChart } from './charts/accuracy.ts';
import { accuracyPanels } from './charts/accuracy-panels.ts';
import { type Canvas, canvasOf, type PrintWidth } from './charts/canvas.ts';
import { differencesChart } from './charts/differences.ts';
import { errorRatioChart } from './charts/error-ratio.ts';
import { latencyChart } from './charts/latency.ts';
import { parametersChart } from './charts/parameters.ts';
import { paretoChart } from './charts/pareto.ts';
import { publishedPanels } from './charts/published-panels.ts';
import { ranksChart } from './charts/ranks.ts';
import { schemeSvg } from './charts/scheme.ts';
import { NOISE_FLOOR, spectrumChart } from './charts/spectrum.ts';
import { tradeoffChart } from './charts/tradeoff.ts';
import { trainingChart } from './charts/training.ts';
import { tuningChart } from './charts/tuning.ts';
import { ALL_FIGURES, type FigureOptions, shownIn } from './figure-options.ts';
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
  /** The columns of its data that are drawn along 'x' and 'y'. */
  readonly columns: Columns;
  readonly width: PrintWidth;
  /** Shown at once; the others are folded. */
  readonly isMain: boolean;
}

type Columns = Readonly<Partial<Record<'x' | 'y', string>>>;

interface Draft {
  readonly figure: FigureName;
  /** Nothing if there are no data for it. */
  draw(): TopLevelSpec | string | null;
  readonly columns?: Columns;
  readonly width?: PrintWidth;
  readonly isMain?: boolean;
  /** For figures that exist once per phase. */
  readonly phase?: string;
  readonly isPublished?: boolean;
}

export function figuresOf(
  whole: Summary,
  texts: Texts,
  options: FigureOptions = ALL_FIGURES,
): readonly Figure[] {
  const summary = shownIn(whole, options);
  const { study } = summary;
  const { measure } = study;
  const words = { ...texts.figures, accuracy: texts.measures[measure].axis };
  const canvas = canvasOf(options);
  const wide = { width: 'page', isMain: true } as const;
  const drafts: readonly Draft[] = [
    { figure: 'differences', draw: () => differencesChart(summary, words, canvas), ...wide },
    ...accuracyDrafts(summary, words, canvas),
    {
      figure: 'tradeoff',
      draw: () => tradeoffChart(summary, words, canvas),
      columns: { x: 'parameters', y: measure },
      ...wide,
    },
    {
      figure: 'latency',
      draw: () => latencyChart(summary, words, canvas),
      columns: { x: 'milliseconds', y: measure },
      ...wide,
    },
    ...(['svd', 'cur'] as const).map((family): Draft => {
      const published = publishedCurve(study, family);
      return {
        figure: `published-${family}`,
        draw: () => publishedPanels(summary, family, published, words, canvas),
        columns: { x: 'rate', y: 'value' },
        width: 'page',
        isPublished: published !== null,
      };
    }),
    {
      figure: 'front',
      draw: () => paretoChart(summary, words, canvas),
      columns: { x: 'cost', y: measure },
      width: 'page',
    },
    {
      figure: 'tuning',
      draw: () => tuningChart(summary, words, canvas),
      columns: { x: 'rate', y: 'gain' },
      width: 'page',
    },
    {
      figure: 'training',
      draw: () => trainingChart(summary, words, canvas),
      columns: { x: 'epoch' },
      width: 'page',
    },
    { figure: 'errors', draw: () => errorRatioChart(study, words, canvas), width: 'page' },
    { figure: 'parameters', draw: () => parametersChart(summary, words, canvas) },
    {
      figure: 'ranks',
      draw: () => ranksChart(study, words, canvas),
      columns: { x: 'rate', y: 'rank' },
    },
    { figure: 'spectrum', draw: () => spectrumChart(study.spectra, words, canvas) },
    { figure: 'scheme', draw: () => schemeSvg(study, words, canvas) },
  ];
  return drafts.flatMap(({ figure, draw, phase, isPublished = false, ...rest }) => {
    if (options.only && !options.only.includes(figure)) return [];
    const drawing = draw();
    if (drawing === null) return [];
    const about = aboutOf(summary, phase, isPublished, words);
    const parts = [figure, ...(phase === undefined ? [] : [slugOf(phase)]), study.slug];
    const placed = { width: 'column', isMain: false, columns: {}, ...rest } as const;
    return [{ ...placed, ...texts.captions[figure](about), drawing, name: parts.join('-') }];
  });
}

/** With more methods than this, each has its own panel; with fewer, they share one per phase. */
const MANY_METHODS = 6;

function accuracyDrafts(summary: Summary, words: FigureTexts, canvas: Canvas): readonly Draft[] {
  const { aggregates, study } = summary;
  const views = ['whole', 'near-baseline'] as const;
  const nameOf = (view: (typeof views)[number]): FigureName =>
    view === 'whole' ? 'accuracy' : 'accuracy-near-baseline';
  const methods = new Set(
    aggregates.filter(({ rate }) => rate !== null).map(({ method }) => method),
  );
  const columnsOf = (view: (typeof views)[number]): Columns => ({
    y: view === 'whole' ? study.measure : 'difference',
  });
  if (methods.size <= MANY_METHODS) {
    return views.map((view) => ({
      figure: nameOf(view),
      draw: () => accuracyChart(summary, view, words, canvas),
      columns: columnsOf(view),
      isMain: true,
    }));
  }
  return phasesOf(aggregates).flatMap((phase) =>
    views.map((view) => ({
      figure: nameOf(view),
      draw: () => accuracyPanels(summary, view, phase, words, canvas),
      columns: columnsOf(view),
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
