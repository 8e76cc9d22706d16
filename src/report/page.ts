/**
 * The report as one page of HTML that needs nothing but itself: style and figures are in it, scripts
 * there are none. Only the links to the files beside it leave it.
 */

import type { Figure } from './figures.ts';
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
  /** The paper's table, which is shown; the others unfold. */
  readonly best: Table;
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
    ...(sections.length > 1 ? [contents(sections)] : []),
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

function contents(sections: readonly Section[]): string {
  const links = sections.map(
    ({ summary }) => `<li><a href="#${summary.study.slug}">${heading(summary)}</a></li>`,
  );
  return `<nav aria-label="Contents"><ul>${links.join('')}</ul></nav>`;
}

function sectionHtml({ summary, figures, best, details }: Section, number: Numbering): string {
  const { slug } = summary.study;
  const captioned = (table: Table): string =>
    tableHtml(table, `${table.name}-${slug}`, `${number('Table')}. ${table.title}.`);
  return [
    `<section aria-labelledby="${slug}">`,
    `<h2 id="${slug}">${heading(summary)}</h2>`,
    list(sentencesOf(summary)),
    warningsHtml(warningsOf(summary)),
    captioned(best),
    `<div class="wide figures">\n${figures.map((figure) => figureHtml(figure, number)).join('\n')}\n</div>`,
    '<h3>All numbers</h3>',
    ...details.map((table) => {
      const content = captioned(table);
      return [
        '<details>',
        `<summary>${prose(table.title)} (${table.rows.length} rows)</summary>`,
        content,
        `<p class="downloads">${downloads(`tables/${table.name}-${slug}`, ['csv', 'md'])}</p>`,
        '</details>',
      ].join('\n');
    }),
    '</section>',
  ].join('\n');
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

function figureHtml({ name, title, caption, svg }: DrawnFigure, number: Numbering): string {
  return [
    '<figure>',
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
