/** `pipeline gc`: drops the results that nothing keeps, and says what went by stage. */

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
import {
  addSelectionOptions,
  openAndPrepare,
  type SelectionOptions,
  tell,
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
  const command = program.command('gc').description('drop the results that nothing keeps');
  addSelectionOptions(command, host)
    .option('-n, --dry-run', 'say what would go, and touch nothing')
    .option('--keep-days <n>', 'keep what was made in so many days', days, KEEP_DAYS)
    .option(
      '--max-size <size>',
      'beyond this size, such as 10GB, drop the oldest of those too',
      size,
    )
    .option('--json', 'one dropped result a line on standard output')
    .addHelpText('after', `\n${wrap(KEPT, host.columns)}`)
    .action(async (options: GcOptions) => finish(await gcCommand(host, options)));
};

const KEPT = `Always kept: what the pipeline uses as it stands, the newest results of each stage, what a run \
with a name met or made, and what the lock file names.`;

async function gcCommand(host: Host, options: GcOptions): Promise<number> {
  let opened: Awaited<ReturnType<typeof openAndPrepare>>;
  try {
    opened = await openAndPrepare(host, options, [], []);
  } catch (problem) {
    // Without a plan it is not known which results are in use.
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
    if (collected.error.kind === 'unreadable-lock') return tell(host, collected.error);
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
      return `the store is in use by ${who}; gc never works beside it, and nothing was dropped
help: let it end, or stop it, and run gc again`;
    }
    case 'unknown-records':
      return `${refusal.count} records are of a later version of pipeline, which alone knows what \
they name; nothing was dropped
help: run gc by that version`;
    case 'unreadable':
      return `gc can't look at all of the store: ${refusal.message}; nothing was dropped
help: see that you may read and write the artifacts folder and all that is in it, and run gc again`;
    case 'unwritable':
      return `the store can't be cleared: ${refusal.message}
help: see that the artifacts folder is one that you may write to; gc goes on from here`;
  }
}

function describeHolder({ what, pid, host }: { what?: string; pid: number; host: string }): string {
  return `${what ?? 'a stage that runs'} (pid ${pid} on ${host})`;
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
    objects: collection.loose.length,
    unnamedObjects: collection.nobodys.length,
    unnamedBytes: collection.nobodysBytes,
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
  latest: 'the newest of their stage',
  'named run': 'of named runs',
  lock: 'in the lock file',
};

const LEFTOVERS: Readonly<Record<Leftover['kind'], string>> = {
  checkpoint: 'checkpoints that nothing goes on from',
  temporary: 'temporary files of dead processes',
  damaged: 'damaged files that were moved aside',
  lock: 'locks and markers of dead processes',
  'short cut': 'short cuts to what is gone',
};

function writeText(host: Host, collection: Collection, options: GcOptions): void {
  const { kept, keptFor, keptBytes, unreadable, live, interrupted } = collection;
  const write = (text: string): void => void host.stdout.write(`${wrap(text, host.columns)}\n`);
  const word = paint(host, 'yellow', options.dryRun ? 'would drop' : 'drop');
  const rows = dropRows(collection);
  const widest = Math.max(0, ...rows.map(([what]) => what.length));
  // The word before, two spaces, and a size of up to seven signs after two more.
  const room = Math.min(widest, host.columns - (options.dryRun ? 10 : 4) - 11);
  for (const [what, bytes] of rows) {
    const size = byteSize(bytes).padStart(7);
    host.stdout.write(`${word}  ${cut(what, room).padEnd(room)}  ${size}\n`);
  }
  if (unreadable.length > 0) {
    write(`${counted(unreadable.length, 'record', 'records')} that can't be read: moved aside`);
  }
  const reasons = (['pipeline', 'latest', 'named run', 'lock'] as const)
    .filter((reason) => keptFor[reason] > 0)
    .map((reason) => `${keptFor[reason]} ${KEPT_AS[reason]}`);
  if (keptFor.young > 0) {
    reasons.push(`${keptFor.young} of the last ${counted(options.keepDays, 'day', 'days')}`);
  }
  const why = reasons.length > 0 ? `: ${reasons.join(', ')}` : '';
  write(`${counted(kept.length, 'result stays', 'results stay')} (${byteSize(keptBytes)})${why}`);
  if (options.maxSize !== undefined && keptBytes > options.maxSize) {
    write(`that is more than ${byteSize(options.maxSize)}: the rest is protected and stays`);
  }
  const freed = byteSize(collection.freedBytes);
  if (rows.length + unreadable.length === 0) write('nothing to drop');
  else if (interrupted) write('stopped; run gc again to drop the rest');
  else if (!options.dryRun) write(`${freed} freed`);
  else write(`${freed} would be freed; nothing was touched`);
  if (live.length > 0) {
    write(`gc would refuse now: the store is in use by ${live.map(describeHolder).join(', ')}`);
  }
}

/** What goes, a row a stage and a row a kind of the rest, the largest first. */
function dropRows({ dropped, nobodys, nobodysBytes, leftovers }: Collection): [string, number][] {
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
  if (nobodys.length > 0)
    rows.push([`${nobodys.length} objects that no result names`, nobodysBytes]);
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
    throw new InvalidArgumentError('it is a number from 0 up.');
  return value;
}

function size(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined) throw new InvalidArgumentError('it is a size such as 10GB or 500MB.');
  return bytes;
}
