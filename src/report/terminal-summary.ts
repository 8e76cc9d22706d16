/**
 * The report in 80 columns of text, for `pipeline show`: the findings, the best rates, and accuracy over compression
 * rate as a plot of characters. It has no colours, since it is a file and must look the same on every terminal.
 */

import { phasesOf, type Sweep, sweepsOf } from './aggregate.ts';
import { formatNumber } from './format.ts';
import type { Texts } from './locales/texts.ts';
import type { Section } from './page.ts';
import { lengthOf, plainTable, wrappedLines } from './plain-table.ts';
import type { ReportInput } from './results.ts';
import type { Summary } from './summary.ts';
import type { Table } from './tables/table.ts';

const COLUMNS = 80;

export function terminalSummary(
  { title }: ReportInput,
  sections: readonly Section[],
  texts: Texts,
): string {
  const blocks = sections.flatMap(({ summary, main }) => [
    texts.page.on(summary.study.model, summary.study.dataset),
    ...main.slice(0, 1).map((table) => plainTable(shortened(table), COLUMNS)),
    ...main
      .slice(0, 1)
      .flatMap(({ note }) => (note ? [wrappedLines(note, COLUMNS).join('\n')] : [])),
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
      const start = ' '.repeat(LEFT + 2);
      lines.push(...wrappedLines(entry, COLUMNS - start.length, '  ').map((line) => start + line));
    }
  }
  return lines;
}
