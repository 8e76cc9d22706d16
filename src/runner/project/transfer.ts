/** What copying results between the local store and the remote cache asks for, and what it returns. */

import { isStop } from '../../base/is-stop.ts';
import type { RemoteResults } from '../cache/remote/remote-results.ts';
import { type RemoteCache, remoteCacheIn } from '../cache/remote-cache.ts';
import type { Plan } from '../execution/plan.ts';
import type { StageKey } from '../key/fingerprint.ts';
import type { Prepared } from './prepared.ts';

export interface TransferRequest {
  /** Copies nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Called with the number of results, and with the bytes that were copied so far. */
  readonly onProgress: (done: number, inAll: number, bytes: number) => void;
}

export interface Transfer {
  /** The address of the cache. */
  readonly address: string;
  /** The results that were copied. In a dry run, those that would be. */
  readonly results: number;
  /** The results that were at the other end before. */
  readonly known: number;
  /** The results of which the cache has other outputs. It keeps its own. */
  readonly other: number;
  readonly failed: number;
  /** The copied files, and the lists of files. */
  readonly objects: number;
  readonly bytes: number;
  /** The stages whose results are neither here nor in the cache. */
  readonly toRun: number;
  readonly warnings: readonly string[];
  readonly interrupted: boolean;
}

/** What became of one result, as a count of `Transfer`. */
export type Outcome = 'results' | 'known' | 'other' | 'failed';

export interface Copying {
  readonly cache: RemoteCache;
  readonly remote: RemoteResults;
  /** The results of the plan that are only at this end. */
  readonly keys: readonly StageKey[];
  /** Called after each of them. */
  readonly onEach: (outcome: Outcome) => void;
}

/** Copies the results of a plan with `copy`. Undefined if the project has no remote cache. */
export async function transfer(
  direction: 'push' | 'pull',
  { plan, planContext }: Prepared,
  { signal, onProgress }: TransferRequest,
  copy: (copying: Copying) => Promise<void>,
): Promise<Transfer | undefined> {
  const cache = remoteCacheIn(planContext.cache);
  const remote = await cache?.remote();
  if (!cache || !remote) return undefined;
  const hits = hitKeys(plan);
  const isPull = direction === 'pull';
  // What the plan found in the cache is not here.
  const keys = [...hits].filter((key) => cache.remoteResults.has(key) === isPull);
  const counts = { results: 0, known: hits.size - keys.length, other: 0, failed: 0 };
  const report = reportProgress(remote, keys.length, onProgress);
  const onEach = (outcome: Outcome): void => {
    counts[outcome]++;
    report();
  };
  const interrupted = await unlessStopped(() => copy({ cache, remote, keys, onEach }), signal);
  const { objects, bytes } = isPull ? remote.downloads : remote.uploads;
  return {
    address: remote.address,
    ...counts,
    objects,
    bytes,
    toRun: plan.counts.run + plan.counts.pending,
    warnings: cache.takeWarnings(),
    interrupted,
  };
}

/** Reports progress after each result, and while files are copied. Returns what to call after a result. */
function reportProgress(
  remote: RemoteResults,
  inAll: number,
  onProgress: TransferRequest['onProgress'],
): () => void {
  let [done, bytes] = [0, 0];
  remote.onBytes = (more) => {
    bytes += more;
    onProgress(done, inAll, bytes);
  };
  return () => onProgress(++done, inAll, bytes);
}

/** Without repetitions: several stages may have the same key. */
function hitKeys({ decisions }: Plan): ReadonlySet<StageKey> {
  const keys = new Set<StageKey>();
  for (const decision of decisions.values()) if (decision.kind === 'hit') keys.add(decision.key);
  return keys;
}

/** Rethrows everything except for the abort of `signal`. Returns whether it was aborted. */
async function unlessStopped(act: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
  try {
    await act();
  } catch (problem) {
    if (!isStop(problem, signal)) throw problem;
  }
  return signal.aborted;
}
