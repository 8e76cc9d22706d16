/**
 * The report in 80 columns of text, for `pipeline show`: the findings, the best rates, and accuracy over compression
 * rate as a plot of characters. It has no colours, since it is a file and must look the same on every terminal.
 */

import { phasesOf, type Sweep, sweepsOf } from './aggregate.ts';
import { formatNumber } from './format.ts';
import type { Texts } from './locales/texts.ts';
import type { Section } from './page.ts';
import type { ReportInput } from './results.ts';
import type { Summary } from './summary.ts';
import { formatCell } from './tables/markdown.ts';
import type { Table } from './tables/table.ts';

const COLUMNS = 80;

export function terminalSummary(
  { title }: ReportInput,
  sections: readonly Section[],
  texts: Texts,
): string {
  const blocks = sections.flatMap(({ summary, main }) => [
    texts.page.on(summary.study.model, summary.study.dataset),
    ...main.slice(0, 1).map((table) => plainTable(shortened(table))),
    ...main.slice(0, 1).flatMap(({ note }) => (note ? [wrapped(note)] : [])),
    ...phasesOf(summary.aggregates)
      .slice(0, 2)
      .flatMap((phase) => plot(summary, phase, texts)),
  ]);
  return `${[title, ...blocks].join('\n\n')}\n`;
}

function shortened(table: Table): Table {
  const kept = table.columns.flatMap(({ id }, i) => (LEFT_OUT.has(id) ? [] : [i]));
  return {
    ...table,
    columns: kept.map((i) => table.columns[i]!),
    rows: table.rows.map((row) => kept.map((i) => row[i]!)),
  };
}

/** Columns for which a terminal has no room. The page has them. */
const LEFT_OUT: ReadonlySet<string> = new Set(['compared_with', 'margin', 'total_compression']);

function wrapped(text: string): string {
  const lines: string[] = [];
  // Spaces within numbers and names are other characters, so they do not break.
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && lengthOf(`${last} ${word}`) <= COLUMNS) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.join('\n');
}

/** Shortens texts if a line would be too long. */
function plainTable({ columns, rows }: Table): string {
  const cells = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => row.map((cell, i) => formatCell(cell, columns[i]!))),
  ];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => lengthOf(row[i]!))));
  const over = widths.reduce((sum, width) => sum + width + 2, -2) - COLUMNS;
  // The widest text: a cut name is harder to recognise than a cut protocol.
  const texts = columns.flatMap(({ quantity }, i) => (quantity === null ? [i] : []));
  const [widest] = texts.sort((a, b) => widths[b]! - widths[a]!);
  if (over > 0 && widest !== undefined) widths[widest] = Math.max(10, widths[widest]! - over);
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => {
        const cut =
          lengthOf(cell) > widths[i]! ? `${[...cell].slice(0, widths[i]! - 1).join('')}…` : cell;
        const space = ' '.repeat(widths[i]! - lengthOf(cut));
        return columns[i]!.quantity === null ? cut + space : space + cut;
      })
      .join('  ')
      .trimEnd();
  const [heading, ...body] = cells.map(line);
  return [heading, '─'.repeat(Math.min(COLUMNS, lengthOf(heading!))), ...body].join('\n');
}

const HEIGHT = 12;
const LEFT = 8;
const WIDTH = COLUMNS - LEFT - 2;
const SIGNS = ['●', '■', '▲', '◆', '▼', '+', '×', '○', '□', '△'];

function plot({ aggregates, study }: Summary, phase: string, texts: Texts): readonly string[] {
  const sweeps = sweepsOf(aggregates)
    .filter((sweep) => sweep[0].phase === phase && sweep.length > 1)
    .slice(0, SIGNS.length);
  if (sweeps.length === 0) return [];
  const all = sweeps.flat();
  const rates = all.map(({ rate }) => rate!);
  const values = all.map(({ accuracy }) => accuracy.median);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const place = (value: number, from: number, to: number, size: number): number =>
    to === from ? 0 : Math.round(((value - from) / (to - from)) * (size - 1));
  const grid = Array.from({ length: HEIGHT }, () => Array.from({ length: WIDTH }, () => ' '));
  const column = (rate: number): number =>
    place(Math.log(rate), Math.log(Math.min(...rates)), Math.log(Math.max(...rates)), WIDTH);
  // The first series is drawn on top.
  for (const [i, sweep] of [...sweeps.entries()].reverse()) {
    for (const { rate, accuracy } of sweep) {
      const row = HEIGHT - 1 - place(accuracy.median, low, high, HEIGHT);
      grid[row]![column(rate!)] = SIGNS[i]!;
    }
  }
  const label = (row: number): string => {
    const value = row === 0 ? high : row === HEIGHT - 1 ? low : null;
    return (value === null ? '' : formatNumber(value, 'percent')).padStart(LEFT);
  };
  return [
    [
      `${texts.measures[study.measure].axis}, ${texts.figures.phase(phase)}`,
      ...grid.map((cells, row) => `${label(row)} │${cells.join('')}`.trimEnd()),
      `${' '.repeat(LEFT)} └${'─'.repeat(WIDTH)}`,
      `${' '.repeat(LEFT)}  ${ticks([...new Set(rates)], column)}`,
      `${' '.repeat(LEFT)}  ${texts.figures.rate}`,
      ...legend(sweeps),
    ].join('\n'),
  ];
}

/** The rates whose labels do not touch. */
function ticks(rates: readonly number[], column: (rate: number) => number): string {
  let line = '';
  for (const rate of [...rates].sort((a, b) => a - b)) {
    const text = formatNumber(rate, 'rate');
    const at = Math.min(column(rate), WIDTH - lengthOf(text));
    if (line === '' || at > lengthOf(line)) line = line.padEnd(at) + text;
  }
  return line;
}

function legend(sweeps: readonly Sweep[]): readonly string[] {
  const lines: string[] = [];
  for (const [i, [{ label }]] of sweeps.entries()) {
    const entry = `${SIGNS[i]} ${label}`;
    const last = lines.at(-1);
    if (last !== undefined && lengthOf(`${last}   ${entry}`) <= COLUMNS) {
      lines[lines.length - 1] = `${last}   ${entry}`;
    } else {
      lines.push(`${' '.repeat(LEFT)}  ${entry}`);
    }
  }
  return lines;
}

function lengthOf(text: string): number {
  return [...text].length;
}
