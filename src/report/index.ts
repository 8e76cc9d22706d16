/**
 * Makes the whole report: a page, its figures and its tables, as files by name. It reads no files except the font, and
 * returns the same bytes for the same input.
 */

import { ExpectedError } from '../base/expected-error.ts';
import type { PrintWidth } from './charts/canvas.ts';
import { type ExportFigure, exportHere, type FigureExports } from './charts/exports.ts';
import { type Colours, looksOf } from './charts/palette.ts';
import { printed } from './charts/print-width.ts';
import { renderSvg } from './charts/render.ts';
import { withoutTooltips } from './charts/tooltip.ts';
import { figureCsv, specificationText } from './figure-data.ts';
import { ALL_FIGURES, type FigureOptions } from './figure-options.ts';
import { type Figure, figuresOf } from './figures.ts';
import { formatNumber } from './format.ts';
import { escapeHtml } from './html.ts';
import { en } from './locales/en.ts';
import { textsOf } from './locales/index.ts';
import type { Language, Texts } from './locales/texts.ts';
import type { Measure } from './measure.ts';
import { type DrawnFigure, pageHtml, type Section } from './page.ts';
import type { ReportInput } from './results.ts';
import { type Study, studiesOf } from './study.ts';
import { type Summary, summarise } from './summary.ts';
import { bestRatesTable } from './tables/best-rates.ts';
import { comparisonTable } from './tables/comparison.ts';
import { configurationsTable } from './tables/configurations.ts';
import { csv } from './tables/csv.ts';
import { bytesTable, hypothesesTable } from './tables/hypotheses.ts';
import { latencyTable, slowerTable } from './tables/latency.ts';
import { latex } from './tables/latex.ts';
import { layersTable } from './tables/layers.ts';
import { markdown } from './tables/markdown.ts';
import { measurementsTable } from './tables/measurements.ts';
import { measuresTable } from './tables/measures.ts';
import { narrowed } from './tables/narrowed.ts';
import { paretoTable } from './tables/pareto.ts';
import { publishedTable } from './tables/published.ts';
import type { Table } from './tables/table.ts';
import { trainingTable } from './tables/training.ts';
import { terminalSummary } from './terminal-summary.ts';

export interface ReportOptions {
  /** The loss of accuracy that still counts as equal: a share, 0.005 for half a percentage point. */
  readonly tolerance?: number;
  /** The language of the figures, the tables and the page. */
  readonly language?: Language;
  /** The colours of methods, if they differ from the usual ones. */
  readonly colours?: Colours;
  /** What the figures show, and how they look. */
  readonly figures?: Partial<FigureOptions>;
  /** Converts an SVG to a PDF and a PNG. */
  readonly exportFigure?: ExportFigure;
}

/** Path, with '/' between its parts -> contents: `index.html`, `figures/`, `tables/`. */
export type ReportFiles = ReadonlyMap<string, string | Uint8Array>;

export async function buildReport(
  input: ReportInput,
  { tolerance, language = 'en', colours, figures, exportFigure = exportHere }: ReportOptions = {},
): Promise<ReportFiles> {
  const texts = textsOf(language);
  const sections: ExportedSection[] = [];
  const { rows, spectra, outcomes, sources, latencies, curves } = input;
  const studies = studiesOf(rows, spectra, outcomes, sources, latencies, curves);
  const looks = looksOf(
    studies.flatMap((study) => study.rows),
    colours,
  );
  const options = { ...ALL_FIGURES, ...figures };
  requireMethods(options, studies);
  for (const study of studies) {
    const summary = summarise(study, tolerance, looks);
    sections.push(await sectionOf(summary, texts, options, exportFigure));
  }
  const files = new Map<string, string | Uint8Array>([
    ['index.html', pageHtml(input, sections, texts)],
    ['summary.txt', terminalSummary(input, sections, texts)],
  ]);
  for (const section of sections) {
    for (const table of [...section.main, ...section.details]) {
      const path = `tables/${table.name}-${section.summary.study.slug}`;
      files.set(`${path}.csv`, csv(section.numbers.get(table)!));
      files.set(`${path}.md`, markdown(table));
      files.set(`${path}.tex`, latex(table));
    }
  }
  // Last, because the exports may run in another thread.
  for (const section of sections) {
    for (const { name, svg, data, specification, exports } of section.figures) {
      const { pdf, png } = await exports;
      files.set(`figures/${name}.svg`, withoutTooltips(svg));
      files.set(`figures/${name}.pdf`, pdf);
      files.set(`figures/${name}.png`, png);
      if (data !== null) files.set(`figures/${name}.csv`, data);
      if (specification !== null) files.set(`figures/${name}.vl.json`, specification);
    }
  }
  return files;
}

/** A name with a mistake would leave the figures empty. */
function requireMethods({ methods }: FigureOptions, studies: readonly Study[]): void {
  const known = new Set(studies.flatMap(({ rows }) => rows.map(({ base }) => base)));
  const unknown = methods?.find((method) => !known.has(method));
  if (unknown === undefined) return;
  throw new ExpectedError(
    `figures.methods names "${unknown}", but there are no results of such a method`,
    `use names of: ${[...known].sort().join(', ')}`,
  );
}

interface ExportedSection extends Section {
  /** For each table, all its columns, in words that do not depend on the language. */
  readonly numbers: ReadonlyMap<Table, Table>;
  readonly figures: readonly (DrawnFigure & {
    readonly specification: string | null;
    readonly exports: Promise<FigureExports>;
  })[];
}

/** Starts the exports. They are awaited after all figures are drawn. */
async function sectionOf(
  summary: Summary,
  texts: Texts,
  options: FigureOptions,
  exportFigure: ExportFigure,
): Promise<ExportedSection> {
  const figures = [];
  // Data are for programs, so their words do not depend on the language.
  const english = texts === en ? null : figuresOf(summary, en, options);
  for (const [i, figure] of figuresOf(summary, texts, options).entries()) {
    const svg = await drawn(figure, options);
    const exports = exportFigure(withoutTooltips(svg), figure.title);
    // A failure is reported when the export is awaited. Until then it must not count as an unhandled rejection.
    exports.catch(() => undefined);
    const { drawing } = figure;
    const { drawing: source } = english?.[i] ?? figure;
    figures.push({
      ...figure,
      // A drawing that is too wide for a column is as wide as the page.
      width: widthIn(svg, options),
      svg,
      exports,
      data: typeof source === 'string' ? null : figureCsv(source, figure.columns),
      specification: typeof drawing === 'string' ? null : specificationText(drawing),
    });
  }
  const numbers = new Map<Table, Table>();
  const worded = (tables: readonly Table[]): readonly Table[] =>
    tables.filter(isFilled).map((table) => {
      const { measure } = summary.study;
      const shown = ofMeasure(narrowed(inWords(table, summary, texts), texts.tables.same), measure);
      numbers.set(shown, ofMeasure(table, measure));
      return shown;
    });
  return {
    summary,
    figures,
    numbers,
    main: worded([
      bestRatesTable(summary),
      hypothesesTable(summary),
      bytesTable(summary),
      slowerTable(summary),
    ]),
    details: worded([
      configurationsTable(summary),
      paretoTable(summary),
      comparisonTable(summary),
      publishedTable(summary),
      measuresTable(summary),
      latencyTable(summary),
      layersTable(summary.study),
      trainingTable(summary.study),
      measurementsTable(summary.study),
    ]),
  };
}

async function drawn(
  { drawing, title, caption, width }: Figure,
  options: FigureOptions,
): Promise<string> {
  const description = `${title}. ${caption}`;
  if (typeof drawing !== 'string') return renderSvg(drawing, description, width, options);
  const label = escapeHtml(description);
  return printed(drawing, width, options).replace(
    '<svg ',
    `<svg role="img" aria-label="${label}" `,
  );
}

function widthIn(svg: string, { widths }: FigureOptions): PrintWidth {
  return svg.includes(` width="${widths.column}mm"`) ? 'column' : 'page';
}

function isFilled({ rows }: Table): boolean {
  return rows.length > 0;
}

/** The column of the accuracy has the name of the measure of the study. */
function ofMeasure(table: Table, measure: Measure): Table {
  const columns = table.columns.map((column) => ({
    ...column,
    id: column.id.replace('accuracy', measure),
  }));
  return { ...table, columns };
}

/** Phases and verdicts are translated too. */
function inWords(table: Table, summary: Summary, { tables, figures, page }: Texts): Table {
  const { study, tolerance } = summary;
  const where = page.on(study.model, study.dataset);
  return {
    ...table,
    title: tables.title(table, where, formatNumber(100 * tolerance, 'rate'), study.measure),
    note: tables.note(table.name, summary),
    columns: table.columns.map((column) => ({
      ...column,
      heading: tables.heading(column.id, column.heading, study.measure),
    })),
    rows: table.rows.map((row) =>
      row.map((cell, i) =>
        typeof cell === 'string' && WORDS.has(table.columns[i]!.id) ? figures.phase(cell) : cell,
      ),
    ),
  };
}

/** Columns whose texts are ours and not names. */
const WORDS: ReadonlySet<string> = new Set([
  'protocol',
  'compared_with',
  'verdict',
  'kind',
  'svd_from',
  'within_bound',
  'noisy',
]);
