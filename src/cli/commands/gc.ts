/** `pipeline gc`: deletes results that are no longer used, and prints what it deleted per stage. */

import { InvalidArgumentError } from 'commander';
import { stageOfInstance } from '../../base/stage-name.ts';
import { isSystemError } from '../../base/system-error.ts';
import { byteSize, counted, parseByteSize } from '../../base/units.ts';
import {
  type Collection,
  gc,
  type Leftover,
  type Protection,
  type Refusal,
} from '../../runner/index.ts';
import type { AddCommand } from '../add-command.ts';
import { exitCodes, type Host } from '../host.ts';
import { cut, paint, wrap } from '../render/text.ts';
import { columnsOf, padEnd } from '../render/width.ts';
import {
  addSelectionOptions,
  openAndPrepare,
  reportBadInput,
  type SelectionOptions,
} from '../selection-options.ts';

interface GcOptions extends SelectionOptions {
  readonly dryRun?: boolean;
  readonly keepDays: number;
  readonly maxSize?: number;
  readonly json?: boolean;
}

const KEEP_DAYS = 14;
const DAY_MS = 24 * 3600 * 1000;

export const addGc: AddCommand = (program, host, finish) => {
  const command = program.command('gc').description('delete results that are no longer used');
  addSelectionOptions(command, host)
    .option('-n, --dry-run', 'show what would be deleted, and delete nothing')
    .option('--keep-days <n>', 'keep the results of the last n days', days, KEEP_DAYS)
    .option(
      '--max-size <size>',
      'if the store is larger than this, such as 10GB, also delete the oldest of these results',
      size,
    )
    .option('--json', 'print one JSON object per deleted result')
    .addHelpText('after', `\n${wrap(KEPT, host.columns)}`)
    .action(async (options: GcOptions) => finish(await gcCommand(host, options)));
};

const KEPT = `Always kept: results that the current pipeline uses, the newest results of each stage, \
results of named runs, and results in the lock file.`;

async function gcCommand(host: Host, options: GcOptions): Promise<number> {
  let opened: Awaited<ReturnType<typeof openAndPrepare>>;
  try {
    opened = await openAndPrepare(host, options, [], []);
  } catch (problem) {
    // Only the plan says which results are in use.
    if (!isSystemError(problem)) throw problem;
    return refuse(host, { kind: 'unreadable', message: problem.message });
  }
  if (!opened.ok) return opened.error;
  const { project, prepared } = opened.value;
  const collected = await gc(project, prepared, {
    keepMs: options.keepDays * DAY_MS,
    maxBytes: options.maxSize ?? Number.POSITIVE_INFINITY,
    dryRun: options.dryRun ?? false,
    signal: host.signal,
  });
  if (!collected.ok) {
    if (collected.error.kind === 'unreadable-lock') return reportBadInput(host, collected.error);
    return refuse(host, collected.error);
  }
  if (options.json) writeJson(host, collected.value, options);
  else writeText(host, collected.value, options);
  return collected.value.interrupted ? exitCodes.interrupted : exitCodes.done;
}

function refuse(host: Host, refusal: Refusal): number {
  host.stderr.write(`${wrap(describeRefusal(refusal), host.columns)}\n`);
  const failed = refusal.kind === 'unwritable' || refusal.kind === 'unreadable';
  return failed ? exitCodes.failed : exitCodes.badInput;
}

function describeRefusal(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'busy': {
      const who = refusal.holders.map(describeHolder).join(', ');
      return `the store is in use by ${who}; nothing was deleted
help: wait until it ends, or stop it, and run gc again`;
    }
    case 'unknown-records':
      return `${refusal.count} records were written by a later version of pipeline; nothing was deleted
help: run gc with that version`;
    case 'unreadable':
      return `gc could not read the whole store: ${refusal.message}; nothing was deleted
help: check that you can read and write everything in the artifacts folder, and run gc again`;
    case 'unwritable':
      return `gc could not delete from the store: ${refusal.message}
help: check that you can write to the artifacts folder, and run gc again`;
  }
}

function describeHolder({ what, pid, host }: { what?: string; pid: number; host: string }): string {
  return `${what ?? 'a running stage'} (pid ${pid} on ${host})`;
}

function writeJson(host: Host, collection: Collection, { dryRun, maxSize }: GcOptions): void {
  const write = (value: object): void => void host.stdout.write(`${JSON.stringify(value)}\n`);
  const { dropped, unreadable, leftovers, kept, keptFor, keptBytes } = collection;
  for (const result of dropped) write({ type: 'result-dropped', ...result });
  for (const key of unreadable) write({ type: 'record-moved-aside', key });
  for (const leftover of leftovers) write({ type: 'leftover-dropped', ...leftover });
  write({
    type: 'gc-finished',
    dryRun: dryRun ?? false,
    dropped: dropped.length,
    objects: collection.unreferenced.length,
    unnamedObjects: collection.orphaned.length,
    unnamedBytes: collection.orphanedBytes,
    leftovers: leftovers.length,
    freedBytes: collection.freedBytes,
    kept: kept.length,
    keptFor,
    keptBytes,
    overLimit: maxSize !== undefined && keptBytes > maxSize,
    live: collection.live,
    interrupted: collection.interrupted,
  });
}

const KEPT_AS: Readonly<Record<Protection, string>> = {
  pipeline: 'in use',
  latest: 'newest of their stage',
  'named run': 'from named runs',
  orders: 'from runs with jobs on a cluster',
  lock: 'in the lock file',
};

const LEFTOVERS: Readonly<Record<Leftover['kind'], string>> = {
  checkpoint: 'unused checkpoints',
  temporary: 'temporary files of dead processes',
  damaged: 'damaged files in store/corrupt',
  lock: 'locks and markers of dead processes',
  'short cut': 'links to deleted files',
};

function writeText(host: Host, collection: Collection, options: GcOptions): void {
  const { kept, keptFor, keptBytes, unreadable, live, interrupted } = collection;
  const write = (text: string): void => void host.stdout.write(`${wrap(text, host.columns)}\n`);
  const act = options.dryRun ? 'would delete' : 'delete';
  const word = paint(host, 'yellow', act);
  const rows = dropRows(collection);
  const widest = Math.max(0, ...rows.map(([what]) => columnsOf(what)));
  // The word, two spaces, this text, two spaces and a size of at most seven characters.
  const room = Math.min(widest, host.columns - act.length - 11);
  for (const [what, bytes] of rows) {
    const size = byteSize(bytes).padStart(7);
    host.stdout.write(`${word}  ${padEnd(cut(what, room), room)}  ${size}\n`);
  }
  if (unreadable.length > 0) {
    write(`moved aside ${counted(unreadable.length, 'unreadable record', 'unreadable records')}`);
  }
  const reasons = (['pipeline', 'latest', 'named run', 'orders', 'lock'] as const)
    .filter((reason) => keptFor[reason] > 0)
    .map((reason) => `${keptFor[reason]} ${KEPT_AS[reason]}`);
  if (keptFor.young > 0) {
    reasons.push(`${keptFor.young} from the last ${counted(options.keepDays, 'day', 'days')}`);
  }
  const why = reasons.length > 0 ? `: ${reasons.join(', ')}` : '';
  write(`${counted(kept.length, 'result kept', 'results kept')} (${byteSize(keptBytes)})${why}`);
  if (options.maxSize !== undefined && keptBytes > options.maxSize) {
    write(`this is more than ${byteSize(options.maxSize)}, but all of it is protected`);
  }
  const freed = byteSize(collection.freedBytes);
  if (rows.length + unreadable.length === 0) write('nothing to delete');
  else if (interrupted) write('stopped; run gc again to delete the rest');
  else if (!options.dryRun) write(`${freed} freed`);
  else write(`${freed} would be freed; nothing was deleted`);
  if (live.length > 0) {
    write(`gc would refuse now: the store is in use by ${live.map(describeHolder).join(', ')}`);
  }
}

/** The deleted files: one row per stage, the largest first, and one per kind of leftover. */
function dropRows({ dropped, orphaned, orphanedBytes, leftovers }: Collection): [string, number][] {
  const stages = new Map<string, { count: number; bytes: number }>();
  for (const { stage, bytes } of dropped) {
    const name = stageOfInstance(stage);
    const before = stages.get(name) ?? { count: 0, bytes: 0 };
    stages.set(name, { count: before.count + 1, bytes: before.bytes + bytes });
  }
  const rows = [...stages]
    .sort(([, a], [, b]) => b.bytes - a.bytes)
    .map(([name, { count, bytes }]): [string, number] => [
      `${counted(count, 'result', 'results')} of ${name}`,
      bytes,
    ]);
  if (orphaned.length > 0) rows.push([`${orphaned.length} unreferenced objects`, orphanedBytes]);
  for (const kind of ['checkpoint', 'temporary', 'damaged', 'lock', 'short cut'] as const) {
    const some = leftovers.filter((leftover) => leftover.kind === kind);
    const bytes = some.reduce((sum, leftover) => sum + leftover.bytes, 0);
    if (some.length > 0) rows.push([`${some.length} ${LEFTOVERS[kind]}`, bytes]);
  }
  return rows;
}

function days(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('Expected a number >= 0.');
  return value;
}

function size(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined) throw new InvalidArgumentError('Expected a size such as 10GB or 500MB.');
  return bytes;
}
