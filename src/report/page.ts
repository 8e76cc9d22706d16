/**
 * The report as one page of HTML that needs nothing but itself: style and figures are in it, scripts
 * there are none. Only the links to the files beside it leave it.
 */

import type { Figure } from './figures.ts';
import { capitalised, formatNumber, listed } from './format.ts';
import { escapeHtml, prose, tableHtml } from './html.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { ProvenanceRow, ReportInput } from './results.ts';
import { sentencesOf } from './sentences.ts';
import type { Summary } from './summary.ts';
import type { Table } from './tables/table.ts';
import { warningsOf } from './warnings.ts';

export interface Section {
  readonly summary: Summary;
  readonly figures: readonly DrawnFigure[];
  /** What is shown: the best rates and the tests. The others unfold. */
  readonly main: readonly Table[];
  readonly details: readonly Table[];
}

export interface DrawnFigure extends Figure {
  readonly svg: string;
}

export function pageHtml(input: ReportInput, sections: readonly Section[]): string {
  const { title, settings, provenance } = input;
  const number = numbering();
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>\n${PAGE_STYLE}\n</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${prose(title)}</h1>`,
    ...(sections.length > 0 ? [contents(input, sections)] : []),
    ...(sections.length === 0 ? ['<p>There are no results.</p>'] : []),
    ...sections.map((section) => sectionHtml(section, number)),
    '<section aria-labelledby="settings">',
    '<h2 id="settings">Settings</h2>',
    `<pre tabindex="0" aria-label="Settings"><code>${escapeHtml(JSON.stringify(settings, null, 2) ?? '')}</code></pre>`,
    '</section>',
    ...(provenance.length === 0 ? [] : [provenanceHtml(provenance)]),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** 'Figure 1', 'Figure 2', 'Table 1', ...: through the whole page. */
type Numbering = (kind: 'Figure' | 'Table') => string;

function numbering(): Numbering {
  const last = { Figure: 0, Table: 0 };
  return (kind) => `${kind} ${++last[kind]}`;
}

/** With the parts of each section, where there are several to find one's way in. */
function contents({ provenance }: ReportInput, sections: readonly Section[]): string {
  const link = (id: string, content: string): string => `<a href="#${id}">${content}</a>`;
  const items = sections.map(({ summary, figures }) => {
    const { slug } = summary.study;
    const parts = [
      ...(figures.length === 0 ? [] : [link(`figures-${slug}`, 'figures')]),
      link(`numbers-${slug}`, 'all numbers'),
    ];
    return `<li>${link(slug, heading(summary))} (${parts.join(', ')})</li>`;
  });
  const last = provenance.length === 0 ? '' : ` and ${link('provenance', 'provenance')}`;
  return `<nav aria-label="Contents"><ul>${items.join('')}<li>${link('settings', 'Settings')}${last}</li></ul></nav>`;
}

function sectionHtml({ summary, figures, main, details }: Section, number: Numbering): string {
  const { slug } = summary.study;
  const captioned = (table: Table): string =>
    tableHtml(table, `${table.name}-${slug}`, `${number('Table')}. ${table.title}.`);
  const drawn = (some: readonly DrawnFigure[]): string =>
    `<div class="wide figures">\n${some.map((figure) => figureHtml(figure, number)).join('\n')}\n</div>`;
  const first = figures.filter(({ isMain }) => isMain);
  const more = figures.filter(({ isMain }) => !isMain);
  return [
    `<section aria-labelledby="${slug}">`,
    `<h2 id="${slug}">${heading(summary)}</h2>`,
    list(sentencesOf(summary)),
    warningsHtml(warningsOf(summary)),
    ...main.map(captioned),
    ...(figures.length === 0 ? [] : [`<h3 id="figures-${slug}">Figures</h3>`]),
    ...(first.length === 0 ? [] : [drawn(first)]),
    ...(more.length === 0
      ? []
      : [
          '<details>',
          `<summary>${prose(capitalised(listed(more.map(({ title }) => uncapitalised(title)))))}</summary>`,
          drawn(more),
          '</details>',
        ]),
    `<h3 id="numbers-${slug}">All numbers</h3>`,
    ...details.map((table) => folded(table, slug, captioned)),
    '</section>',
  ].join('\n');
}

/** Tables longer than this are for programs, and would make the page slow. */
const MOST_ROWS = 400;

function folded(table: Table, slug: string, captioned: (table: Table) => string): string {
  const { title, rows } = table;
  const links = downloads(`tables/${table.name}-${slug}`, ['csv', 'md']);
  const count = formatNumber(rows.length, 'count');
  if (rows.length > MOST_ROWS) {
    return `<p class="file">${prose(title)} (${count} rows): <span class="downloads">${links}</span></p>`;
  }
  return [
    '<details>',
    `<summary>${prose(title)} (${count} rows)</summary>`,
    captioned(table),
    `<p class="downloads">${links}</p>`,
    '</details>',
  ].join('\n');
}

function uncapitalised(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1);
}

function heading({ study }: Summary): string {
  return prose(`${study.model} on ${study.dataset}`);
}

function list(sentences: readonly string[]): string {
  return `<ul>\n${sentences.map((sentence) => `<li>${prose(sentence)}</li>`).join('\n')}\n</ul>`;
}

function warningsHtml(warnings: readonly string[]): string {
  if (warnings.length === 0) return '';
  return `<aside class="note">\n<h3>To keep in mind</h3>\n${list(warnings)}\n</aside>`;
}

function figureHtml({ name, title, caption, svg, isWide }: DrawnFigure, number: Numbering): string {
  return [
    isWide ? '<figure class="full">' : '<figure>',
    `<div class="card">${svg}</div>`,
    `<figcaption><b>${number('Figure')}. ${escapeHtml(title)}.</b> ${prose(caption)} ` +
      `<span class="downloads">${downloads(`figures/${name}`, ['svg', 'png'])}</span></figcaption>`,
    '</figure>',
  ].join('\n');
}

function downloads(path: string, extensions: readonly string[]): string {
  const links = extensions.map(
    (extension) => `<a href="${path}.${extension}">${extension.toUpperCase()}</a>`,
  );
  return links.join(' · ');
}

function provenanceHtml(provenance: readonly ProvenanceRow[]): string {
  const entries = provenance.map(({ what, sha256, backend }) => {
    const on = backend === undefined ? '' : ` on ${escapeHtml(backend)}`;
    return `<dt>${escapeHtml(what)}${on}</dt>\n<dd><code>${sha256}</code></dd>`;
  });
  return [
    '<section aria-labelledby="provenance">',
    '<h2 id="provenance">Provenance</h2>',
    '<p>The trained models behind these results, each with the sha256 of its weights.</p>',
    `<dl>\n${entries.join('\n')}\n</dl>`,
    '</section>',
  ].join('\n');
}
