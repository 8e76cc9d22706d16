/**
 * All that the report says, in one language. A new language is a file beside `en.ts` of this type; names
 * of methods, data sets and layers are the same in all of them.
 */

import type { Summary } from '../summary.ts';
import type { Table } from '../tables/table.ts';

export type Language = 'en' | 'ru';

export interface Texts {
  readonly language: Language;
  readonly figures: FigureTexts;
  readonly captions: Readonly<Record<FigureName, (about: About) => Captioned>>;
  readonly tables: TableTexts;
  readonly page: PageTexts;
  /** What was found, and what a reader must know before believing it. */
  readonly sentences: (summary: Summary) => readonly string[];
  readonly warnings: (summary: Summary) => readonly string[];
}

export type FigureName =
  | 'differences'
  | 'accuracy'
  | 'accuracy-near-baseline'
  | 'tradeoff'
  | 'front'
  | 'published-svd'
  | 'published-cur'
  | 'scheme'
  | 'tuning'
  | 'ranks'
  | 'errors'
  | 'parameters'
  | 'spectrum';

/** What captions speak of. */
export interface About {
  /** 'VGG-11 on MNIST' is made of these. */
  readonly model: string;
  readonly dataset: string;
  readonly seeds: number;
  /** In percentage points, formatted. */
  readonly floor: string;
  /** Given where the figure is of one phase only. */
  readonly phase: string | null;
  readonly isPublished: boolean;
  /** Of the spectrum: what was too small to draw, by layer. */
  readonly leftOut: readonly string[];
  /** Layers of which only the first singular values were computed, with how many; and those found by iteration. */
  readonly truncated: readonly string[];
  readonly approximate: readonly string[];
  /** Some rows are compared with a control and not with the baseline. */
  readonly hasControl: boolean;
  /** How many tests the verdicts are corrected for. */
  readonly tests: number;
}

export interface Captioned {
  readonly title: string;
  readonly caption: string;
}

export interface FigureTexts {
  readonly accuracy: string;
  readonly parameters: string;
  readonly macs: string;
  readonly rate: string;
  readonly rank: string;
  readonly gainOverRate: string;
  readonly published: string;
  readonly before: string;
  readonly after: string;
  readonly control: (gain: string) => string;
  readonly baseline: (accuracy: string) => string;
  readonly results: (count: number) => string;
  readonly phase: (phase: string) => string;
  readonly capitalised: (text: string) => string;
  /** Other words of axes and legends, by their English. */
  readonly word: (english: string) => string;
  /** Of the scheme of a layer: 'parameters 1000 → 30'. */
  readonly layerParameters: (count: string) => string;
}

export interface TableTexts {
  /** The title of a table, by its name; the table's own where it has none here. */
  readonly title: (table: Table, where: string, within: string) => string;
  /** What is said under the title, by the table's name; nothing where the columns speak for themselves. */
  readonly note: (name: string, summary: Summary) => string;
  /** A heading by the column's identifier; the column's own where it has none here. */
  readonly heading: (id: string, own: string) => string;
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
  /** More than one computed. */
  readonly severalBackends: (names: readonly string[]) => string;
  /** These promise no same bytes twice. */
  readonly unpromised: (names: readonly string[]) => string;
  readonly stageNote: string;
  readonly keepInMind: string;
  readonly nothing: string;
  readonly rows: (count: string) => string;
  readonly and: string;
  readonly more: string;
  /** For the page's script. */
  readonly series: string;
  readonly sortBy: string;
}
