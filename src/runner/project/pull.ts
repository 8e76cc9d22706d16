/** Fetches the results that a plan found in the remote cache, without a run. */
import { LiveMarker } from '../execution/live-marker.ts';
import type { StageKey } from '../key/fingerprint.ts';
import type { Prepared } from './prepared.ts';
import type { Project } from './project.ts';
import {
  hitKeys,
  remoteOf,
  reportProgress,
  type Transfer,
  type TransferRequest,
  unlessStopped,
} from './transfer.ts';

/** So many results are flushed to the disk together. */
const BATCH = 200;

/** Undefined if the project has no remote cache. Rejects if the store can't be written. */
export async function pull(
  { layout }: Pick<Project, 'layout'>,
  prepared: Prepared,
  { dryRun, signal, onProgress }: TransferRequest,
): Promise<Transfer | undefined> {
  const opened = await remoteOf(prepared);
  if (!opened) return undefined;
  const { cache, remote } = opened;
  const { plan, stats } = prepared;
  const hits = hitKeys(plan);
  const keys = [...hits].filter((key) => cache.remoteResults.has(key));
  let [done, copied] = [0, 0];
  const report = reportProgress(remote, keys.length, onProgress);
  const onEach = (isWhole: boolean): void => {
    done++;
    if (isWhole) copied++;
    report();
  };
  const measure = async (): Promise<void> => {
    for (const key of keys) {
      onEach(await remote.measure(cache.remoteResults.get(key)!, signal));
    }
  };
  const fetch = async (batch: readonly StageKey[]): Promise<void> => {
    await cache.fetchResults(batch, signal, onEach);
    stats.save();
  };
  // A garbage collection would delete files that no record names yet.
  const marker = new LiveMarker({ layout, run: 'pull', signal, emit: () => undefined });
  const interrupted = await unlessStopped(async () => {
    if (dryRun) return measure();
    try {
      if (keys.length > 0) await marker.put();
      for (let at = 0; at < keys.length; at += BATCH) await fetch(keys.slice(at, at + BATCH));
    } finally {
      await marker.remove();
    }
  }, signal);
  const { objects, bytes } = remote.downloads;
  return {
    address: remote.address,
    results: copied,
    known: hits.size - keys.length,
    other: 0,
    failed: done - copied,
    objects,
    bytes,
    toRun: plan.counts.run + plan.counts.pending,
    warnings: cache.takeWarnings(),
    interrupted,
  };
}
