/**
 * Makes the whole report: a page, its figures and its tables, as files by name. Touches no disk but the
 * font's file, and gives the same bytes for the same input.
 */

import { renderPng, renderSvg } from './charts/render.ts';
import { figuresOf } from './figures.ts';
import { type DrawnFigure, pageHtml, type Section } from './page.ts';
import type { ReportInput } from './results.ts';
import { studiesOf } from './study.ts';
import { DEFAULT_TOLERANCE, type Summary, summarise } from './summary.ts';
import { bestRatesTable } from './tables/best-rates.ts';
import { comparisonTable } from './tables/comparison.ts';
import { configurationsTable } from './tables/configurations.ts';
import { csv } from './tables/csv.ts';
import { hypothesesTable } from './tables/hypotheses.ts';
import { layersTable } from './tables/layers.ts';
import { markdown } from './tables/markdown.ts';
import { measurementsTable } from './tables/measurements.ts';
import { measuresTable } from './tables/measures.ts';
import type { Table } from './tables/table.ts';

export interface ReportOptions {
  /** How far below the baseline's accuracy still counts as equal: a share, 0.005 for half a point. */
  readonly tolerance?: number;
}

/** Path, with '/' between its parts -> contents: `index.html`, `figures/`, `tables/`. */
export type ReportFiles = ReadonlyMap<string, string | Uint8Array>;

export async function buildReport(
  input: ReportInput,
  { tolerance = DEFAULT_TOLERANCE }: ReportOptions = {},
): Promise<ReportFiles> {
  const sections: Section[] = [];
  for (const study of studiesOf(input.rows, input.spectra, input.outcomes)) {
    sections.push(await sectionOf(summarise(study, tolerance)));
  }
  const files = new Map<string, string | Uint8Array>([['index.html', pageHtml(input, sections)]]);
  for (const { figures, main, details, summary } of sections) {
    for (const { name, svg } of figures) {
      files.set(`figures/${name}.svg`, svg);
      files.set(`figures/${name}.png`, await renderPng(svg));
    }
    for (const table of [...main, ...details]) {
      const path = `tables/${table.name}-${summary.study.slug}`;
      files.set(`${path}.csv`, csv(table));
      files.set(`${path}.md`, markdown(table));
    }
  }
  return files;
}

async function sectionOf(summary: Summary): Promise<Section> {
  const figures: DrawnFigure[] = [];
  for (const figure of figuresOf(summary)) {
    const description = `${figure.title}. ${figure.caption}`;
    figures.push({ ...figure, svg: await renderSvg(figure.spec, description) });
  }
  const details = [
    configurationsTable(summary),
    comparisonTable(summary),
    measuresTable(summary),
    layersTable(summary.study),
    measurementsTable(summary.study),
  ];
  return {
    summary,
    figures,
    main: [bestRatesTable(summary), hypothesesTable(summary)].filter(isFilled),
    details: details.filter(isFilled),
  };
}

function isFilled({ rows }: Table): boolean {
  return rows.length > 0;
}
