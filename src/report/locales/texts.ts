/**
 * All texts of the report, in one language. A new language is another file of this type, next to `en.ts`. Names of
 * methods, data sets and layers are the same in all languages.
 */

import type { Latencies } from '../latency.ts';
import type { Measure } from '../measure.ts';
import type { Summary } from '../summary.ts';
import type { Table } from '../tables/table.ts';

export type Language = 'en' | 'ru';

export interface Texts {
  readonly language: Language;
  /** Those of the accuracy; `figuresOf` puts the axis of another measure into its place. */
  readonly figures: FigureTexts;
  readonly measures: Readonly<Record<Measure, MeasureTexts>>;
  readonly captions: Readonly<Record<FigureName, (about: About) => Captioned>>;
  readonly tables: TableTexts;
  readonly page: PageTexts;
  /** The findings, and the warnings that a reader must know before believing them. */
  readonly sentences: (summary: Summary) => readonly string[];
  readonly warnings: (summary: Summary) => readonly string[];
}

export type FigureName =
  | 'differences'
  | 'accuracy'
  | 'accuracy-near-baseline'
  | 'tradeoff'
  | 'latency'
  | 'front'
  | 'published-svd'
  | 'published-cur'
  | 'scheme'
  | 'tuning'
  | 'training'
  | 'ranks'
  | 'errors'
  | 'parameters'
  | 'spectrum';

/** The subject of a caption. */
export interface About {
  /** The parts of 'VGG-11 on MNIST'. */
  readonly model: string;
  readonly dataset: string;
  readonly measure: Measure;
  /** The classifier is counted separately. */
  readonly hasParts: boolean;
  readonly seeds: number;
  /** In percentage points, formatted. */
  readonly floor: string;
  /** Set only for figures of one phase. */
  readonly phase: string | null;
  readonly isPublished: boolean;
  /** For the spectrum: the values that were too small to draw, by layer. */
  readonly leftOut: readonly string[];
  /** Layers of which only the first singular values were computed, with their number; and those found by iteration. */
  readonly truncated: readonly string[];
  readonly approximate: readonly string[];
  /** Some rows are compared with a control instead of the baseline. */
  readonly hasControl: boolean;
  /** The number of tests that the verdicts are corrected for. */
  readonly tests: number;
  /** Where times were measured. */
  readonly machines: readonly Omit<Latencies, 'models'>[];
}

export interface Captioned {
  readonly title: string;
  readonly caption: string;
}

/** The names of a measure. */
export interface MeasureTexts {
  /** The title of an axis. */
  readonly axis: string;
  /** At the beginning of a title. */
  readonly title: string;
  /** At the beginning of a caption, before the model. */
  readonly start: string;
}

export interface FigureTexts {
  /** The axis of the measure of the study. */
  readonly accuracy: string;
  readonly parameters: string;
  readonly macs: string;
  readonly rate: string;
  readonly rank: string;
  readonly time: string;
  readonly batch: (batch: number, threads: number) => string;
  readonly gainOverRate: string;
  readonly published: string;
  readonly before: string;
  readonly after: string;
  readonly control: (gain: string) => string;
  readonly baseline: (accuracy: string) => string;
  readonly results: (count: number) => string;
  readonly phase: (phase: string) => string;
  readonly capitalised: (text: string) => string;
  /** Other words of axes and legends, by the English word. */
  readonly word: (english: string) => string;
  /** For the scheme of a layer: 'parameters 1000 → 30'. */
  readonly layerParameters: (count: string) => string;
}

export interface TableTexts {
  /** The title of a table by its name. If it is missing here, the title in the table is used. */
  readonly title: (table: Table, where: string, within: string, measure: Measure) => string;
  /** The note under the title, by the name of the table; missing if the columns need no explanation. */
  readonly note: (name: string, summary: Summary) => string;
  /** For the note: columns that were left out, because all rows have the same value. */
  readonly same: (values: readonly string[]) => string;
  /** A heading by the identifier of the column. If it is missing here, the heading in the table is used. */
  readonly heading: (id: string, own: string, measure: Measure) => string;
}

export interface PageTexts {
  readonly figure: string;
  readonly table: string;
  readonly on: (model: string, dataset: string) => string;
  readonly contents: string;
  readonly figures: string;
  readonly numbers: string;
  readonly settings: string;
  readonly provenance: string;
  readonly provenanceNote: string;
  /** More than one backend computed results. */
  readonly severalBackends: (names: readonly string[]) => string;
  /** These backends do not guarantee the same bytes again. */
  readonly unpromised: (names: readonly string[]) => string;
  readonly stageNote: string;
  readonly keepInMind: string;
  readonly nothing: string;
  readonly rows: (count: string) => string;
  readonly and: string;
  readonly more: string;
  /** For the script of the page. */
  readonly series: string;
  readonly sortBy: string;
}
