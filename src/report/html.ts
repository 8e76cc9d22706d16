/** Pieces of HTML: escaped text and tables. */

import { formatCell } from './tables/markdown.ts';
import type { Column, Table } from './tables/table.ts';

export function escapeHtml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

/** Text in which names such as 'VGG-11' are not broken at the end of a line. */
export function prose(text: string): string {
  return escapeHtml(text).replace(/[A-Za-z]+-\d[\w.]*/g, '<span class="nb">$&</span>');
}

/**
 * A table that scrolls sideways if it is wider than the page, while its caption stays in place. It can be scrolled
 * with the keyboard too. `id` is the id of the caption.
 */
export function tableHtml({ columns, rows }: Table, id: string, caption: string): string {
  const heading = columns.map(
    (column) => `<th scope="col"${side(column)}>${escapeHtml(column.heading)}</th>`,
  );
  const body = rows.map((row) => {
    const cells = row.map((cell, i) => {
      const column = columns[i]!;
      const content = prose(formatCell(cell, column));
      // The plain number, for sorting.
      const value = column.quantity === null ? '' : ` data-v="${cell ?? ''}"`;
      return i === 0
        ? `<th scope="row"${side(column)}${value}>${content}</th>`
        : `<td${side(column)}${value}>${content}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return [
    `<p class="caption" id="${id}">${prose(caption)}</p>`,
    `<div class="table" role="region" tabindex="0" aria-labelledby="${id}">`,
    `<table aria-labelledby="${id}">`,
    `<thead><tr>${heading.join('')}</tr></thead>`,
    '<tbody>',
    ...body,
    '</tbody>',
    '</table>',
    '</div>',
  ].join('\n');
}

function side({ quantity }: Column): string {
  return quantity === null ? '' : ' class="n"';
}
