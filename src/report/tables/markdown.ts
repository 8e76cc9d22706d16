/** A table as GitHub Flavored Markdown, padded so that it is readable as plain text too. */

import { formatNumber, MISSING } from '../format.ts';
import type { Cell, Column, Table } from './table.ts';

export function markdown({ title, note = '', columns, rows }: Table): string {
  const cells = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => row.map((cell, i) => escaped(formatCell(cell, columns[i]!)))),
  ];
  const widths = columns.map((_, i) => Math.max(3, ...cells.map((row) => [...row[i]!].length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => padded(cell, widths[i]!, columns[i]!)).join(' | ')} |`;
  const rule = columns.map(({ quantity }, i) =>
    quantity === null ? '-'.repeat(widths[i]!) : `${'-'.repeat(widths[i]! - 1)}:`,
  );
  const [heading, ...body] = cells.map(line);
  const below = note === '' ? '' : `\n${note}\n`;
  return `**${title}**\n\n${[heading, `| ${rule.join(' | ')} |`, ...body].join('\n')}\n${below}`;
}

/** A cell for readers. */
export function formatCell(cell: Cell, { quantity }: Column): string {
  if (typeof cell === 'string') return cell;
  return quantity === null ? (cell?.toString() ?? MISSING) : formatNumber(cell, quantity);
}

function padded(cell: string, width: number, { quantity }: Column): string {
  const space = ' '.repeat(width - [...cell].length);
  return quantity === null ? cell + space : space + cell;
}

function escaped(cell: string): string {
  return cell.replace(/\|/g, '\\|').replace(/\n/g, ' ');
}
