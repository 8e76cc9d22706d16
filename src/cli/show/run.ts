/** A past run for `pipeline show`: its command, program, commit and counts. */
import { shellQuoted } from '../../base/shell-quoted.ts';
import { duration } from '../../base/units.ts';
import { type Layout, readRun, summarize } from '../../runner/index.ts';
import type { Host } from '../host.ts';
import { originText } from '../render/origin-text.ts';
import { selectionWords } from '../render/selection-words.ts';
import { visible, wrap } from '../render/text.ts';

/** `run` is the id of a run whose journal can be read. */
export function showRun(run: string, layout: Layout, json: boolean, host: Host): void {
  const summary = summarize(layout, run)!;
  const started = readRun(layout, run).find((event) => event.type === 'run-started');
  const facts = started?.facts ?? {};
  if (json) {
    host.stdout.write(`${JSON.stringify({ ...summary, facts })}\n`);
    return;
  }
  const { name, time, state, seconds, executed, cached, failed, skipped, origin } = summary;
  const counts = [
    `${executed} executed`,
    `${cached} cached`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const words = ['pipeline run', ...selectionWords(summary).map(shellQuoted)];
  const lines = [
    `run ${run}${name === undefined ? '' : ` (${name})`}: ${state}`,
    `  started at ${time}, took ${duration(seconds)}`,
    `  ${words.join(' ')}`,
    `  ${counts.join(', ')}`,
    ...(origin ? [`  ${originText(origin)}`] : []),
    ...Object.entries(facts).map(([fact, value]) => `  ${fact}: ${value}`),
  ];
  host.stdout.write(`${wrap(visible(lines.join('\n')), host.columns)}\n`);
}
