/**
 * A table as LaTeX, for `\input` into a document that loads `booktabs`. It contains only the tabular and the
 * headings: caption and position are up to the paper. It works with pdfLaTeX, XeLaTeX and LuaLaTeX.
 */

import { formatCell } from './markdown.ts';
import type { Column, Table } from './table.ts';

export function latex({ title, note = '', columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `  ${cells.join(' & ')} \\\\\n`;
  return [
    `% ${title.replace(/\s+/g, ' ')}\n`,
    ...(note === '' ? [] : [`% ${note.replace(/\s+/g, ' ')}\n`]),
    '% \\usepackage{booktabs}\n',
    `\\begin{tabular}{@{}${columns.map(({ quantity }) => (quantity === null ? 'l' : 'r')).join('')}@{}}\n`,
    '  \\toprule\n',
    line(columns.map(({ heading }) => escapeLatex(heading))),
    '  \\midrule\n',
    ...rows.map((row) =>
      line(row.map((cell, i) => cellText(formatCell(cell, columns[i]!), columns[i]!))),
    ),
    '  \\bottomrule\n',
    '\\end{tabular}\n',
  ].join('');
}

/** LaTeX would read a cell that begins with '[' or '*' as an option of the previous line end. */
function cellText(text: string, { quantity }: Column): string {
  const escaped = escapeLatex(text);
  if (quantity !== null) return escaped;
  return /^[[*]/.test(escaped) ? `{}${escaped}` : escaped;
}

function escapeLatex(text: string): string {
  return [...text]
    .map((character) => ESCAPES.get(character) ?? character)
    .join('')
    .replace(SUPERSCRIPTS, power);
}

/** For numbers such as 10⁻³. */
const SUPERSCRIPTS = /[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+/g;

function power(digits: string): string {
  const plain = [...digits].map((one) => (one === '⁻' ? '-' : '⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(one)));
  return `$^{${plain.join('')}}$`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\textbackslash{}'],
  ['{', '\\{'],
  ['}', '\\}'],
  ['$', '\\$'],
  ['&', '\\&'],
  ['#', '\\#'],
  ['%', '\\%'],
  ['_', '\\_'],
  ['^', '\\textasciicircum{}'],
  ['~', '\\textasciitilde{}'],
  ['<', '\\textless{}'],
  ['>', '\\textgreater{}'],
  ['|', '\\textbar{}'],
  ['"', "''"],
  ['\u2212', '$-$'],
  ['×', '$\\times$'],
  ['·', '\\textperiodcentered{}'],
  ['\u2013', '--'],
  ['\u202f', '\\,'],
  ['\u00a0', '~'],
  ['\n', ' '],
]);
