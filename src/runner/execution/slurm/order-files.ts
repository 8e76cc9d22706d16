/**
 * The files of a submission, in `store/orders/<run>/<number>/`. A node reads `orders.jsonl`: a line
 * about the submission, then one line per bundle. It appends to the file of its bundle, `<index>.jsonl`.
 *
 * A client of a network disk may not see a new file for a minute, but it sees the new size of an
 * existing file when it opens the file. So these files are made before the jobs are submitted.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../../../base/json-text.ts';
import { unlessAbsent, unlessRefused } from '../../../base/system-error.ts';
import type { Layout } from '../../store/layout.ts';
import type { Order } from '../order.ts';
import { tokenOf } from './queue.ts';

/** What a node needs besides the orders. */
export interface Site {
  readonly record: 'orders/1';
  readonly run: string;
  /** The artifacts folder and the folder of the pipeline. */
  readonly artifacts: string;
  readonly root: string;
  /** The files of the build. Their names have the digests of their content. */
  readonly entry: string;
  readonly worker: string;
  /** What the profile added to the jobs. Earlier versions did not write it. */
  readonly profile?: string;
}

export type Bundle = readonly Order[];

export interface StoredSubmission {
  readonly run: string;
  readonly token: string;
  readonly folder: string;
}

export function submissionIn(layout: Layout, run: string, number: number): StoredSubmission {
  return { run, token: tokenOf(run, number), folder: join(layout.orders, run, String(number)) };
}

export function ordersPath({ folder }: StoredSubmission): string {
  return join(folder, 'orders.jsonl');
}

/** The file for what the job with this index reports. */
export function taskPath({ folder }: Pick<StoredSubmission, 'folder'>, index: number): string {
  return join(folder, `${index}.jsonl`);
}

/** The files of all jobs of a run that report something. For people, so a listing that is late does no harm. */
export function taskPathsOf(layout: Layout, run: string): readonly string[] {
  const ofRun = join(layout.orders, run);
  const submissions = (unlessAbsent(() => readdirSync(ofRun)) ?? []).map((name) =>
    join(ofRun, name),
  );
  return submissions.flatMap((folder) =>
    (unlessAbsent(() => readdirSync(folder)) ?? [])
      .filter((name) => /^\d+\.jsonl$/.test(name))
      .map((name) => join(folder, name)),
  );
}

/** `orders.jsonl` gets its name last, so it is complete and its files exist. */
export function writeSubmission(
  to: StoredSubmission,
  site: Site,
  bundles: readonly Bundle[],
): void {
  mkdirSync(to.folder, { recursive: true });
  for (const index of bundles.keys()) writeFileSync(taskPath(to, index), '');
  const path = ordersPath(to);
  const file = openSync(`${path}.new`, 'w');
  try {
    // Line by line, because the whole text may be longer than a string can be.
    for (const line of [site, ...bundles]) writeFileSync(file, `${JSON.stringify(line)}\n`);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}

export interface Submitted {
  readonly site: Site;
  /** The number of bundles. */
  readonly size: number;
  /** Parsed when it is asked for, because a node needs one of many. Empty if it is damaged. */
  bundle(index: number): Bundle;
}

/** Undefined if there is none, or if another version of the program wrote it. */
export function readSubmission(path: string): Submitted | undefined {
  const bytes = unlessAbsent(() => readFileSync(path));
  if (!bytes) return undefined;
  const ends: number[] = [];
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) ends.push(at);
  const line = (number: number): unknown =>
    parseJson(bytes.toString('utf8', number === 0 ? 0 : ends[number - 1]! + 1, ends[number]));
  const site = ends.length === 0 ? undefined : (line(0) as Site | undefined);
  if (site?.record !== 'orders/1') return undefined;
  const bundle = (index: number): Bundle => {
    const orders = line(index + 1);
    return Array.isArray(orders) ? orders : [];
  };
  return { site, size: ends.length - 1, bundle };
}

/** Each bundle with its index. */
export function* bundlesIn(submitted: Submitted | undefined): Generator<[number, Bundle]> {
  for (let index = 0; submitted && index < submitted.size; index++) {
    yield [index, submitted.bundle(index)];
  }
}

const NEWLINE = 10;

export function removeSubmission(layout: Layout, { run, folder }: StoredSubmission): void {
  // If the folder of the run stays, it has other submissions, or a later run removes it.
  unlessRefused(() => {
    rmSync(folder, { recursive: true, force: true });
    rmdirSync(join(layout.orders, run));
  });
}

export function runsWithOrders(layout: Layout): readonly string[] {
  return unlessAbsent(() => readdirSync(layout.orders)) ?? [];
}

export function submissionsOf(layout: Layout, run: string): readonly StoredSubmission[] {
  const names = unlessAbsent(() => readdirSync(join(layout.orders, run))) ?? [];
  const numbers = names.filter((name) => /^\d+$/.test(name));
  return numbers.map((number) => submissionIn(layout, run, Number(number)));
}
