/** Results as Markdown: one row per tool, the bounds, the machine, the commands. */
import { boundsOf, engineMilliseconds } from './bounds.ts';
import type { Measured } from './measure.ts';
import type { Results, ToolResult } from './results.ts';
import type { Scale } from './scale.ts';
import type { Timed } from './timed.ts';

export function toMarkdown(results: Results): string {
  const sizes = [...new Set(results.tools.flatMap((tool) => Object.keys(tool.sizes)))];
  return [
    ...sizes.flatMap((size) => [...sizeTable(results.tools, size), '']),
    ...boundsTable(results),
    '',
    ...conditions(results),
  ].join('\n');
}

function sizeTable(tools: readonly ToolResult[], size: string): string[] {
  const rows = tools.map((tool) => {
    const name = tool.version ? `${tool.name} ${tool.version}` : tool.name;
    return [name, ...cells(tool, tool.sizes[size])];
  });
  const heads = ['nothing to do', 'peak memory', 'one leaf changed', 'everything to do'];
  return markdown([`${Number(size).toLocaleString('en')} stages`, ...heads], rows);
}

function cells(tool: ToolResult, measured: Measured | undefined): string[] {
  if (tool.version === undefined) return ['not there', '', '', ''];
  if (!measured) return ['', '', '', ''];
  const { everything, nothing, leaf, note } = measured;
  const all = [duration(everything), note && `(${note})`].filter(Boolean).join(' ');
  return [duration(nothing), peak(nothing), duration(leaf), all];
}

function duration(timed: Timed | undefined): string {
  switch (timed?.kind) {
    case undefined:
      return '';
    case 'late':
      return `not finished in ${timed.limit} s`;
    case 'failed':
      return 'failed';
    case 'done':
      return `${timed.seconds < 10 ? timed.seconds.toFixed(2) : timed.seconds.toFixed(0)} s`;
  }
}

function peak(timed: Timed | undefined): string {
  return timed?.kind === 'done' && timed.megabytes !== undefined
    ? `${timed.megabytes.toFixed(0)} MB`
    : '';
}

function boundsTable(results: Results): string[] {
  const words = { true: 'holds', false: '**does not hold**', undefined: '' };
  const rows = boundsOf(results).map(({ what, bound, measured, holds }) => [
    what,
    bound,
    measured,
    words[`${holds}`],
  ]);
  // Numbers without a bound, for comparison with the bounds.
  const inMemory = engineMilliseconds(results.libraryInMemory);
  const least = results.leastOfDisk;
  const context = [
    ['the engine alone, files in memory', '', inMemory && `${inMemory.toFixed(2)} ms`, ''],
    ['the minimum on this disk: a folder and 3 flushed files', '', `${least.toFixed(2)} ms`, ''],
  ].map((row) => row.map((cell) => cell || ''));
  return markdown(['of the engine', 'bound', 'measured', ''], [...rows, ...context]);
}

function conditions({ machine, time, jobs, samples, tools, scale }: Results): string[] {
  const { processor, cores, memoryGigabytes, system, fileSystem, node, load } = machine;
  const commands = tools.map(({ name, form, command }) => `- ${name}: \`${command}\` (${form})`);
  return [
    `Taken on ${time.slice(0, 10)} on ${processor}, ${cores} cores, ${memoryGigabytes} GB, ${system}, ${fileSystem}, Node ${node};`,
    `${jobs} jobs; medians of ${samples} runs; load of the machine before: ${load.toFixed(1)}.`,
    ...(scale ? [scaleConditions(scale)] : []),
    '',
    ...commands,
  ];
}

function scaleConditions({ stages, time, load }: Scale): string {
  const count = stages.toLocaleString('en');
  return `The matrix of ${count}: on ${time.slice(0, 10)}; load of the machine before: ${load.toFixed(1)}.`;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => row[column]!.length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
