/** Which orders of a submission are out: a job builds them, or will build them. */
import { statSync } from 'node:fs';
import { unlessAbsent } from '../../../base/system-error.ts';
import type { StageKey } from '../../key/fingerprint.ts';
import type { Order } from '../order.ts';
import {
  bundlesIn,
  ordersPath,
  readSubmission,
  type StoredSubmission,
  taskPath,
} from './order-files.ts';
import { isOut, type Queue, taskName } from './queue.ts';
import { endedIn } from './task-log.ts';

/** A submission without jobs may be so young that Slurm does not list it yet. */
const YOUNG_MS = 60_000;

export interface BundleOut {
  readonly index: number;
  /** The orders without an end, with their positions in the bundle. */
  readonly open: readonly (readonly [at: number, order: Order])[];
}

export interface SubmissionOut {
  /** Undefined if it is being written, or was removed. */
  readonly owner: number | undefined;
  /** Slurm may not list its jobs yet. */
  readonly isYoung: boolean;
  readonly bundles: readonly BundleOut[];
  /** What the profile of its run added to the jobs, if that is known. */
  readonly profile: string | undefined;
}

export function submissionOut(
  stored: StoredSubmission,
  queue: Queue,
  isHeld: (key: StageKey) => boolean,
): SubmissionOut {
  const path = ordersPath(stored);
  const status = unlessAbsent(() => statSync(path));
  const isYoung = status !== undefined && Date.now() - status.mtimeMs < YOUNG_MS;
  const bundles: BundleOut[] = [];
  const submitted = readSubmission(path);
  for (const [index, bundle] of bundlesIn(submitted)) {
    const isListed = queue.get(taskName(stored.token, index))?.some(isOut) ?? false;
    const ended = endedIn(taskPath(stored, index));
    const open = [...bundle.entries()].filter(([at]) => !ended.has(at));
    // Slurm may have forgotten a job that goes on.
    const isBuilt = open.some(([, { key }]) => isHeld(key));
    if (isListed || isBuilt || isYoung) bundles.push({ index, open });
  }
  return { owner: status?.uid, isYoung, bundles, profile: submitted?.site.profile };
}
