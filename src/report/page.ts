/**
 * The report as one self-contained HTML page: style, figures and a small script are embedded. Only the links to the
 * files next to it point outside.
 */

import type { Figure } from './figures.ts';
import { formatNumber } from './format.ts';
import { escapeHtml, prose, tableHtml } from './html.ts';
import type { PageTexts, Texts } from './locales/texts.ts';
import { pageScript } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { ProvenanceRow, ReportInput } from './results.ts';
import type { Summary } from './summary.ts';
import { sourceText } from './tables/measurements.ts';
import type { Table } from './tables/table.ts';

export interface Section {
  readonly summary: Summary;
  readonly figures: readonly DrawnFigure[];
  /** Shown at once: the best rates and the tests. The others are folded. */
  readonly main: readonly Table[];
  readonly details: readonly Table[];
}

export interface DrawnFigure extends Figure {
  readonly svg: string;
  /** The numbers that it shows; null if it shows none. */
  readonly data: string | null;
}

export function pageHtml(input: ReportInput, sections: readonly Section[], texts: Texts): string {
  const { page } = texts;
  const { title, settings, provenance } = input;
  const number = numbering(page);
  return [
    '<!doctype html>',
    `<html lang="${texts.language}">`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>\n${PAGE_STYLE}\n</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${prose(title)}</h1>`,
    ...(sections.length > 0 ? [contents(input, sections, page)] : []),
    ...(sections.length === 0 ? [`<p>${page.nothing}</p>`] : []),
    ...sections.map((section) => sectionHtml(section, number, texts)),
    ...(hasSettings(input) ? settingsHtml(settings, page) : []),
    ...(provenance.length === 0 ? [] : [provenanceHtml(input, page)]),
    '</main>',
    `<script>\n${pageScript(page)}\n</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** A report on the models of other programs has none. */
function hasSettings({ settings }: ReportInput): boolean {
  return !(Array.isArray(settings) && settings.length === 0);
}

function settingsHtml(settings: unknown, page: PageTexts): readonly string[] {
  const text = escapeHtml(JSON.stringify(settings, null, 2) ?? '');
  return [
    '<section aria-labelledby="settings">',
    `<h2 id="settings">${page.settings}</h2>`,
    `<pre tabindex="0" aria-label="${page.settings}"><code>${text}</code></pre>`,
    '</section>',
  ];
}

/** 'Figure 1', 'Figure 2', 'Table 1', ...: counted through the whole page. */
type Numbering = (kind: 'figure' | 'table') => string;

function numbering(page: PageTexts): Numbering {
  const last = { figure: 0, table: 0 };
  return (kind) => `${page[kind]} ${++last[kind]}`;
}

/** Includes the parts of each section, if there are several. */
function contents(input: ReportInput, sections: readonly Section[], page: PageTexts): string {
  const link = (id: string, content: string): string => `<a href="#${id}">${content}</a>`;
  const items = sections.map(({ summary, figures }) => {
    const { slug } = summary.study;
    const parts = [
      ...(figures.length === 0 ? [] : [link(`figures-${slug}`, uncapitalised(page.figures))]),
      link(`numbers-${slug}`, uncapitalised(page.numbers)),
    ];
    return `<li>${link(slug, heading(summary, page))} (${parts.join(', ')})</li>`;
  });
  const last = [
    ...(hasSettings(input) ? [['settings', page.settings] as const] : []),
    ...(input.provenance.length > 0 ? [['provenance', page.provenance] as const] : []),
  ].map(([id, word], i) => link(id, i === 0 ? word : uncapitalised(word)));
  const rest = last.length === 0 ? '' : `<li>${last.join(` ${page.and} `)}</li>`;
  return `<nav aria-label="${page.contents}"><ul>${items.join('')}${rest}</ul></nav>`;
}

function sectionHtml(
  { summary, figures, main, details }: Section,
  number: Numbering,
  texts: Texts,
): string {
  const { page } = texts;
  const { slug } = summary.study;
  const captioned = (table: Table): string =>
    tableHtml(
      table,
      `${table.name}-${slug}`,
      `${number('table')}. ${table.title}.${table.note ? ` ${table.note}` : ''}`,
    );
  const drawn = (some: readonly DrawnFigure[]): string =>
    `<div class="wide figures">\n${some.map((figure) => figureHtml(figure, number)).join('\n')}\n</div>`;
  const first = figures.filter(({ isMain }) => isMain);
  const more = figures.filter(({ isMain }) => !isMain);
  return [
    `<section aria-labelledby="${slug}">`,
    `<h2 id="${slug}">${heading(summary, page)}</h2>`,
    list(texts.sentences(summary)),
    warningsHtml(texts.warnings(summary), page),
    ...main.map(captioned),
    ...(figures.length === 0 ? [] : [`<h3 id="figures-${slug}">${page.figures}</h3>`]),
    ...(first.length === 0 ? [] : [drawn(first)]),
    ...(more.length === 0
      ? []
      : [
          '<details>',
          `<summary>${page.more}: ${prose(more.map(({ title }) => uncapitalised(title)).join('; '))}</summary>`,
          drawn(more),
          '</details>',
        ]),
    `<h3 id="numbers-${slug}">${page.numbers}</h3>`,
    ...details.map((table) => folded(table, slug, captioned, page)),
    '</section>',
  ].join('\n');
}

/** Longer tables are for programs, and would make the page slow. */
const MOST_ROWS = 400;

function folded(
  table: Table,
  slug: string,
  captioned: (table: Table) => string,
  page: PageTexts,
): string {
  const { title, rows } = table;
  const links = downloads(`tables/${table.name}-${slug}`, ['csv', 'md', 'tex']);
  const count = formatNumber(rows.length, 'count');
  if (rows.length > MOST_ROWS) {
    return `<p class="file">${prose(title)} (${page.rows(count)}): <span class="downloads">${links}</span></p>`;
  }
  return [
    '<details>',
    `<summary>${prose(title)} (${page.rows(count)})</summary>`,
    captioned(table),
    `<p class="downloads">${links}</p>`,
    '</details>',
  ].join('\n');
}

/** Lower-cases the first letter, except in 'SVD' and 'CUR'. */
function uncapitalised(title: string): string {
  return /^[A-Z]{2}/.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1);
}

function heading({ study }: Summary, page: PageTexts): string {
  return prose(page.on(study.model, study.dataset));
}

function list(sentences: readonly string[]): string {
  return `<ul>\n${sentences.map((sentence) => `<li>${prose(sentence)}</li>`).join('\n')}\n</ul>`;
}

function warningsHtml(warnings: readonly string[], page: PageTexts): string {
  if (warnings.length === 0) return '';
  return `<aside class="note">\n<h3>${page.keepInMind}</h3>\n${list(warnings)}\n</aside>`;
}

function figureHtml(
  { name, title, caption, svg, width, data }: DrawnFigure,
  number: Numbering,
): string {
  const more = data === null ? [] : ['csv', 'vl.json'];
  const [, millimetres, units] = /width="([\d.]+)mm".*? viewBox="\S+ \S+ (\S+) /.exec(svg)!;
  const size = `style="--units:${units};--millimetres:${millimetres}"`;
  const label = escapeHtml(title);
  return [
    width === 'page' ? `<figure class="full" ${size}>` : `<figure ${size}>`,
    // It can be scrolled on a narrow screen, with the keyboard too.
    width === 'page'
      ? `<div class="card" role="region" tabindex="0" aria-label="${label}">${svg}</div>`
      : `<div class="card">${svg}</div>`,
    `<figcaption><b>${number('figure')}. ${label}.</b> ${prose(caption)} ` +
      `<span class="downloads">${downloads(`figures/${name}`, ['svg', 'pdf', 'png', ...more])}</span></figcaption>`,
    '</figure>',
  ].join('\n');
}

function downloads(path: string, extensions: readonly string[]): string {
  const links = extensions.map(
    (extension) =>
      `<a href="${path}.${extension}">${extension === 'vl.json' ? 'Vega-Lite' : extension.toUpperCase()}</a>`,
  );
  return links.join(' · ');
}

/** The facts about the backends that a reader must know. */
function backendNotes(provenance: readonly ProvenanceRow[], page: PageTexts): string {
  const names = [...new Set(provenance.flatMap(({ backend }) => backend ?? []))].sort();
  const unpromised = names.filter((name) => /^(?:tensorflow-gpu|webgpu|onnx-gpu) /.test(name));
  const notes = [
    ...(names.length > 1 ? [page.severalBackends(names)] : []),
    ...(unpromised.length > 0 ? [page.unpromised(unpromised)] : []),
  ];
  return warningsHtml(notes, page);
}

function provenanceHtml({ provenance, sources = new Map() }: ReportInput, page: PageTexts): string {
  const entries = provenance.map(({ what, sha256, backend }) => {
    const on = backend === undefined ? '' : ` on ${escapeHtml(backend)}`;
    return `<dt>${escapeHtml(what)}${on}</dt>\n<dd><code>${sha256}</code></dd>`;
  });
  return [
    '<section aria-labelledby="provenance">',
    `<h2 id="provenance">${page.provenance}</h2>`,
    `<p>${page.provenanceNote}</p>`,
    backendNotes(provenance, page),
    `<dl>\n${entries.join('\n')}\n</dl>`,
    ...[...sources.values()]
      .sort()
      .slice(0, 1)
      .flatMap((source) => [
        `<p>${page.stageNote}</p>`,
        `<pre tabindex="0"><code>pipeline show ${sourceText(source)}</code></pre>`,
      ]),
    '</section>',
  ].join('\n');
}
