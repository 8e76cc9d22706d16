/**
 * Makes the whole report: a page, its figures and its tables, as files by name. It reads no files except the font, and
 * returns the same bytes for the same input.
 */

import { type ExportFigure, exportHere, type FigureExports } from './charts/exports.ts';
import type { Colours } from './charts/palette.ts';
import { printed } from './charts/print-width.ts';
import { renderSvg } from './charts/render.ts';
import { withoutTooltips } from './charts/tooltip.ts';
import { type Figure, figuresOf } from './figures.ts';
import { formatNumber } from './format.ts';
import { escapeHtml } from './html.ts';
import { textsOf } from './locales/index.ts';
import type { Language, Texts } from './locales/texts.ts';
import { type DrawnFigure, pageHtml, type Section } from './page.ts';
import type { ReportInput } from './results.ts';
import { studiesOf } from './study.ts';
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
  /** Converts an SVG to a PDF and a PNG. */
  readonly exportFigure?: ExportFigure;
}

/** Path, with '/' between its parts -> contents: `index.html`, `figures/`, `tables/`. */
export type ReportFiles = ReadonlyMap<string, string | Uint8Array>;

export async function buildReport(
  input: ReportInput,
  { tolerance, language = 'en', colours, exportFigure = exportHere }: ReportOptions = {},
): Promise<ReportFiles> {
  const texts = textsOf(language);
  const sections: ExportedSection[] = [];
  const { rows, spectra, outcomes, sources, latencies, curves } = input;
  for (const study of studiesOf(rows, spectra, outcomes, sources, latencies, curves)) {
    sections.push(await sectionOf(summarise(study, tolerance, colours), texts, exportFigure));
  }
  const files = new Map<string, string | Uint8Array>([
    ['index.html', pageHtml(input, sections, texts)],
    ['summary.txt', terminalSummary(input, sections, texts)],
  ]);
  for (const { figures, main, details, summary } of sections) {
    for (const { name, svg, exports } of figures) {
      const { pdf, png } = await exports;
      files.set(`figures/${name}.svg`, withoutTooltips(svg));
      files.set(`figures/${name}.pdf`, pdf);
      files.set(`figures/${name}.png`, png);
    }
    for (const table of [...main, ...details]) {
      const path = `tables/${table.name}-${summary.study.slug}`;
      files.set(`${path}.csv`, csv(table));
      files.set(`${path}.md`, markdown(table));
      files.set(`${path}.tex`, latex(table));
    }
  }
  return files;
}

interface ExportedSection extends Section {
  readonly figures: readonly (DrawnFigure & { readonly exports: Promise<FigureExports> })[];
}

/** Starts the exports. They are awaited after all figures are drawn. */
async function sectionOf(
  summary: Summary,
  texts: Texts,
  exportFigure: ExportFigure,
): Promise<ExportedSection> {
  const figures = [];
  for (const figure of figuresOf(summary, texts)) {
    const svg = await drawn(figure);
    const exports = exportFigure(withoutTooltips(svg), figure.title);
    // A failure is reported when the export is awaited. Until then it must not count as an unhandled rejection.
    exports.catch(() => undefined);
    figures.push({ ...figure, svg, exports });
  }
  const worded = (tables: readonly Table[]): readonly Table[] =>
    tables.filter(isFilled).map((table) => inWords(table, summary, texts));
  return {
    summary,
    figures,
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

async function drawn({ drawing, title, caption, width }: Figure): Promise<string> {
  const description = `${title}. ${caption}`;
  if (typeof drawing !== 'string') return renderSvg(drawing, description, width);
  const label = escapeHtml(description);
  return printed(drawing, width).replace('<svg ', `<svg role="img" aria-label="${label}" `);
}

function isFilled({ rows }: Table): boolean {
  return rows.length > 0;
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
      id: column.id.replace('accuracy', study.measure),
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
