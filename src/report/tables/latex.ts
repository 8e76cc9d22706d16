/**
 * A table as LaTeX, for `\input` into a document that loads `booktabs`. It contains only the tabular and the
 * headings: caption and position are up to the paper. It works with pdfLaTeX, XeLaTeX and LuaLaTeX.
 *
 * The size of the text is chosen so that the table fits a two-column article: a column if it is narrow, otherwise the
 * page. Tables of many rows break over pages. They are `longtable`s, which LaTeX allows only in one column.
 */

import { narrowLines, wordLines } from './latex-lines.ts';
import { latexWidth } from './latex-width.ts';
import { formatCell } from './markdown.ts';
import type { Column, Table } from './table.ts';

export function latex({ title, note = '', columns, rows }: Table): string {
  const whole = rows.map((row) => row.map((cell, i) => formatCell(cell, columns[i]!)));
  const natural = layoutOf(columns, whole);
  const fits = fitsInParts(columns, natural.widths);
  const cells = whole.map((row) => (fits ? [row] : wrapped(row, columns)));
  const { headings, widths } = fits ? natural : layoutOf(columns, cells.flat());
  const isLong = rows.length > MOST_ROWS;
  const shape = shapeOf(columns, widths);
  return [
    ...[title, note].filter(Boolean).map((text) => `% ${text.replace(/\s+/g, ' ')}\n`),
    `% \\usepackage{booktabs${isLong ? ',longtable' : ''}}\n`,
    `% ${isLong ? LONG : PLACES[shape.place]}\n`,
    `{\\${shape.size}\\setlength{\\tabcolsep}{${shape.gap}pt}%\n`,
    shape.parts
      .map((part) => tabular(part, columns, headings, cells, isLong))
      .join('\\par\\bigskip\n'),
    '}\n',
  ].join('');
}

/** @param part the places of its columns */
function tabular(
  part: readonly number[],
  columns: readonly Column[],
  headings: readonly (readonly string[])[],
  cells: readonly (readonly (readonly string[])[])[],
  isLong: boolean,
): string {
  const kind = isLong ? 'longtable' : 'tabular';
  const line = (texts: readonly string[], end = ''): string =>
    `  ${texts.join(' & ')} \\\\${end}\n`;
  const sides = part.map((i) => (columns[i]!.quantity === null ? 'l' : 'r'));
  return [
    `\\begin{${kind}}{@{}${sides.join('')}@{}}\n`,
    '  \\toprule\n',
    ...headings.map((texts) => line(part.map((i) => escapeLatex(texts[i]!)))),
    '  \\midrule\n',
    ...(isLong ? ['  \\endhead\n', '  \\bottomrule\n', '  \\endfoot\n'] : []),
    ...cells.flatMap((row) =>
      row.map((texts, i) => {
        // No page break within a row.
        const end = i < row.length - 1 ? '*' : '';
        return line(
          part.map((column) => cellText(texts[column]!, columns[column]!)),
          end,
        );
      }),
    ),
    ...(isLong ? [] : ['  \\bottomrule\n']),
    `\\end{${kind}}\n`,
  ].join('');
}

/** More do not fit on a page. */
const MOST_ROWS = 40;

/** In points: those of a two-column article on A4, which is narrower than on Letter paper. */
const WIDTHS = { column: 221, page: 452 } as const;

const LONG = 'Only in one column: after \\onecolumn in a two-column article.';
const PLACES = {
  column: 'Fits a column: in a table.',
  page: 'Fits the page: in a table*.',
} as const;

/** The width of Computer Modern in each size, relative to that at 10 points. Small type is wider than its size says. */
const SIZES = [
  { size: 'small', scale: 0.93, gap: 5 },
  { size: 'footnotesize', scale: 0.85, gap: 4 },
  { size: 'scriptsize', scale: 0.8, gap: 3 },
] as const;
const SMALLEST = SIZES[2];

function fitting(widths: readonly number[]) {
  return (
    part: readonly number[],
    { scale, gap }: (typeof SIZES)[number],
    place: keyof typeof WIDTHS,
  ): boolean => {
    const natural = part.reduce((sum, i) => sum + widths[i]!, 0);
    return scale * natural + 2 * gap * (part.length - 1) <= WIDTHS[place];
  };
}

/** Whether each column fits the page beside those that say what a row is about. */
function fitsInParts(columns: readonly Column[], widths: readonly number[]): boolean {
  const keys = [...columns.keys()].filter((i) => KEYS.has(columns[i]!.id));
  const fits = fitting(widths);
  return columns.every((_, i) => fits([...new Set([...keys, i])], SMALLEST, 'page'));
}

/** The widest text of a column of such a table, in points at 10 points. */
const MOST_TEXT = 150;

/** The lines of a row in which no text is too wide. */
function wrapped(
  row: readonly string[],
  columns: readonly Column[],
): readonly (readonly string[])[] {
  const lines = row.map((text, i) =>
    columns[i]!.quantity === null ? narrowLines(text, MOST_TEXT) : [text],
  );
  const count = Math.max(...lines.map(({ length }) => length));
  return Array.from({ length: count }, (_, line) => lines.map((own) => own[line] ?? ''));
}

interface Layout {
  /** The lines of the headings: for each line, the texts of all columns. */
  readonly headings: readonly (readonly string[])[];
  /** Of the columns, in points at 10 points. */
  readonly widths: readonly number[];
}

/** Breaks headings that are wider than their column into lines. The last lines stand above the rule. */
function layoutOf(columns: readonly Column[], cells: readonly (readonly string[])[]): Layout {
  const laidOut = columns.map(({ heading }, i) => {
    const room = Math.max(0, ...cells.map((row) => latexWidth(row[i]!)));
    const lines = wordLines(heading, room);
    return { lines, width: Math.max(room, ...lines.map(latexWidth)) };
  });
  const count = Math.max(...laidOut.map(({ lines }) => lines.length));
  return {
    headings: Array.from({ length: count }, (_, line) =>
      laidOut.map(({ lines }) => lines[line - count + lines.length] ?? ''),
    ),
    widths: laidOut.map(({ width }) => width),
  };
}

/** The largest text with which the table fits. If none does, it is split into parts that begin with the same columns. */
function shapeOf(columns: readonly Column[], widths: readonly number[]) {
  const all = columns.map((_, i) => i);
  const fits = fitting(widths);
  // Smaller text is not worth a column instead of the page.
  const inColumn = SIZES.slice(0, 2).find((one) => fits(all, one, 'column'));
  if (inColumn) return { ...inColumn, place: 'column', parts: [all] } as const;
  const onPage = SIZES.find((one) => fits(all, one, 'page'));
  if (onPage) return { ...onPage, place: 'page', parts: [all] } as const;
  const keys = all.filter((i) => KEYS.has(columns[i]!.id));
  const others = all.filter((i) => !keys.includes(i));
  for (let count = 2; ; count += 1) {
    const each = Math.ceil(others.length / count);
    const parts = Array.from({ length: Math.ceil(others.length / each) }, (_, part) => [
      ...keys,
      ...others.slice(part * each, (part + 1) * each),
    ]);
    if (each <= 1 || parts.every((part) => fits(part, SMALLEST, 'page'))) {
      return { ...SMALLEST, place: 'page', parts } as const;
    }
  }
}

/** The columns that say what a row is about. */
const KEYS: ReadonlySet<string> = new Set([
  ...['model', 'method', 'protocol', 'rate', 'training_seed', 'seed', 'layer', 'batch', 'threads'],
]);

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
