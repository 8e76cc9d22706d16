/** The report in English. */

import { capitalised, counted, joinedByAnd } from '../format.ts';
import type { Measure } from '../measure.ts';
import { sentencesOf } from '../sentences.ts';
import { warningsOf } from '../warnings.ts';
import { englishNote } from './en-notes.ts';
import { machinesOf } from './machines.ts';
import type { About, MeasureTexts, Texts } from './texts.ts';

const MEASURES: Readonly<Record<Measure, MeasureTexts>> = {
  accuracy: { axis: 'Test accuracy (%)', title: 'Accuracy', start: 'Test accuracy' },
  agreement: {
    axis: 'Agreement with the original (%)',
    title: 'Agreement',
    start: 'Agreement with the original (the share of samples with the same prediction)',
  },
  similarity: {
    axis: 'Similarity of the outputs (%)',
    title: 'Similarity',
    start: 'Similarity of the outputs (1 minus the largest relative error of an output)',
  },
};

/** The text of a table for another measure than the accuracy. */
const measured = (text: string, measure: Measure): string =>
  text.replace('Accuracy', MEASURES[measure].title).replace('accuracy', measure);

const where = ({ model, dataset }: About): string => `${model} on ${dataset}`;
const spread = ({ seeds }: About): string =>
  seeds > 1
    ? ` Marks are medians over up to ${seeds} seeds, bands show the range between the quartiles.`
    : '';
const title = ({ measure }: About): string => MEASURES[measure].title;
const start = ({ measure }: About): string => `${MEASURES[measure].start} of`;
const better = ({ measure }: About): string =>
  measure === 'accuracy' ? 'more accurate' : `of higher ${measure}`;
const inPhase = ({ phase }: About): string => (phase === null ? '' : `, ${phase}`);
const panels = ({ phase }: About): string =>
  phase === null ? '' : ' One panel per method; SVD is the dashed line.';
const publishedFigure = (family: string) => (about: About) => ({
  title: `${family}: ${about.measure} and parameters over compression rate`,
  caption:
    `${where(about)}, over the nominal compression rate.${spread(about)} Hollow marks are networks that were trained further.` +
    (about.isPublished
      ? ' The grey curve is the published one, of a full VGG-11 whose convolutions were trained further.'
      : ''),
});

export const en: Texts = {
  language: 'en',
  figures: {
    accuracy: MEASURES.accuracy.axis,
    parameters: 'Parameters',
    macs: 'Multiplications per image',
    rate: 'Nominal compression rate (CR)',
    rank: 'Rank',
    time: 'Time for a batch (ms)',
    batch: (batch, threads) => `Batches of ${batch}, ${counted(threads, 'thread')}`,
    gainOverRate: 'Difference from the baseline (points) over nominal compression rate (CR)',
    published: 'Published',
    before: 'Before fine-tuning',
    after: 'After',
    control: (gain) => `Uncompressed, trained further (${gain})`,
    baseline: (accuracy) => `Baseline (${accuracy})`,
    results: (count) => `median of ${count} results`,
    phase: (phase) => phase,
    capitalised,
    word: (english) => english,
    layerParameters: (count) => `${count} parameters`,
  },
  measures: MEASURES,
  captions: {
    differences: ({ tests, measure }) => ({
      title: 'Difference from SVD',
      caption:
        `Mean difference in ${measure} from SVD in percentage points, at equal numbers of parameters, over the ` +
        'rates that could be compared. ' +
        (tests === 1
          ? 'The interval belongs to a two-sided test at 5%.'
          : `Intervals and verdicts are corrected for ${tests} two-sided tests at 5% (Holm).`) +
        ' An interval excludes 0 exactly if a method is better or worse. Other marks are hollow. The panels have different scales.',
    }),
    accuracy: (about) => ({
      title: `${title(about)} over compression rate${inPhase(about)}`,
      caption: `${start(about)} ${where(about)} over the nominal compression rate.${spread(about)}${panels(about)}`,
    }),
    'accuracy-near-baseline': (about) => ({
      title: `${title(about)} near the baseline${inPhase(about)}`,
      caption:
        `${start(about)} ${where(about)}, as the difference from the baseline in percentage points, down to ` +
        `${about.floor}. Results above the grey line are within the tolerance of the baseline${
          about.hasControl ? ', or of the control if the network was fine-tuned' : ''
        }.${panels(about)}`,
    }),
    tradeoff: (about) => ({
      title: `${title(about)} over true parameters`,
      caption: `${start(about)} ${where(about)} over the remaining parameters of the whole network.${spread(about)}`,
    }),
    latency: (about) => ({
      title: `${title(about)} over time`,
      caption:
        `${start(about)} ${where(about)} over the median time for a batch, without loading the model. Measured on ` +
        `${joinedByAnd(machinesOf(about, (version) => `ONNX Runtime ${version}`))}. Times hold for this machine.`,
    }),
    front: (about) => ({
      title: 'Best configurations (Pareto front)',
      caption:
        `The Pareto front of ${where(about)}: no other configuration is both ${better(about)} and smaller than ` +
        'one with an opaque mark. The others are faint. Medians, down to ten tolerances below the best.',
    }),
    'published-svd': publishedFigure('SVD'),
    'published-cur': publishedFigure('CUR'),
    scheme: () => ({
      title: 'Scheme of a factored layer',
      caption:
        'The weights A of the largest compressed layer become those of two layers: B and C of an SVD, ' +
        'D (columns of A) and E of a CUR. Drawn for the middle rate; thin sides are drawn wider than they are.',
    }),
    tuning: (about) => ({
      title: `${title(about)} before and after fine-tuning`,
      caption: `${where(about)}, one panel per method, medians over seeds. Hollow marks are after fine-tuning. The dotted line is an uncompressed network after the same training.`,
    }),
    training: (about) => ({
      title: 'Training curves',
      caption: `Loss and accuracy of ${where(about)} by epoch. Lines are medians over the trainings of a method, bands show the range between the quartiles. Dashed lines are for images that are held out.`,
    }),
    ranks: (about) => ({
      title: 'Rank by layer',
      caption: `The ranks of the layers of ${where(about)}, medians over seeds. One panel per way of choosing ranks; methods with equal ranks share a panel.`,
    }),
    errors: ({ approximate }) => ({
      title: 'Error relative to the optimum',
      caption:
        'Error of the factored weights, post-hoc, divided by that of the best approximation of the same rank ' +
        '(the truncated SVD, at 1). One row per method, one mark per rate, darker for higher rates. Medians over seeds.' +
        (approximate.length === 0
          ? ''
          : ` The optimum is approximate, to within 1%, for ${joinedByAnd(approximate)}.`),
    }),
    parameters: (about) => ({
      title: 'Parameters over compression rate',
      caption:
        `Parameters of the whole network${about.hasParts ? ' (solid) and of its classifier (dashed)' : ''}. At high rates, ` +
        'only the part that is never compressed remains.',
    }),
    spectrum: ({ leftOut, truncated, approximate }) => ({
      title: 'Decay of the singular values',
      caption: `Singular values of each layer of the uncompressed network, divided by the largest.${
        leftOut.length === 0
          ? ''
          : ` Left out because they are below 10⁻⁸: ${joinedByAnd(leftOut)}.`
      }${truncated.length === 0 ? '' : ` Only the largest were computed: ${joinedByAnd(truncated)}.`}${
        approximate.length === 0
          ? ''
          : ` Those of ${joinedByAnd(approximate)} were computed by an iteration: if they decay slowly, the last ones can be too small by a few percent.`
      }`,
    }),
  },
  tables: {
    title: (table, _where, _within, measure) => measured(table.title, measure),
    note: englishNote,
    same: (values) => `The same in all rows: ${values.join(', ')}.`,
    heading: (_, own, measure) => measured(own, measure),
  },
  page: {
    figure: 'Figure',
    table: 'Table',
    on: (model, dataset) => `${model} on ${dataset}`,
    contents: 'Contents',
    figures: 'Figures',
    numbers: 'All numbers',
    settings: 'Settings',
    provenance: 'Provenance',
    provenanceNote: 'The trained models behind these results, with the sha256 of their weights.',
    severalBackends: (names) =>
      `Several backends computed these results: ${names.join('; ')}. Their numbers differ in the last digits. These differences are not due to compression.`,
    unpromised: (names) =>
      `Computed on ${names.join('; ')}, which does not guarantee the same digits in another run. To check the results, run "pipeline verify --rerun --tolerance 1e-4".`,
    stageNote:
      'The last column of the table of all measurements has the beginning of a digest. With it, this command shows the ' +
      'stage that measured the row, with its key, run, commit, parameters and files. They are not in this file, so that ' +
      'the same results give the same bytes:',
    keepInMind: 'Keep in mind',
    nothing: 'There are no results.',
    rows: (count) => `${count} rows`,
    and: 'and',
    more: 'More figures',
    series: 'Series shown',
    sortBy: 'Sort by this column',
  },
  sentences: sentencesOf,
  warnings: warningsOf,
};
