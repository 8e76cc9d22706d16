/** Fetches the results that a plan found in the remote cache, without a run. */
import { LiveMarker } from '../execution/live-marker.ts';
import type { Prepared } from './prepared.ts';
import type { Project } from './project.ts';
import { type Transfer, type TransferRequest, transfer } from './transfer.ts';

/** So many results are flushed to the disk together. */
const BATCH = 200;

/** Undefined if the project has no remote cache. Rejects if the store can't be written. */
export function pull(
  { layout }: Pick<Project, 'layout'>,
  prepared: Prepared,
  request: TransferRequest,
): Promise<Transfer | undefined> {
  const { dryRun, signal } = request;
  return transfer('pull', prepared, request, async ({ cache, remote, keys, onEach }) => {
    const count = (isWhole: boolean): void => onEach(isWhole ? 'results' : 'failed');
    if (dryRun) {
      for (const key of keys) {
        count(await remote.measure(cache.remoteResults.get(key)!, signal));
      }
      return;
    }
    // A garbage collection would delete files that no record names yet.
    const marker = new LiveMarker({ layout, run: 'pull', signal, emit: () => undefined });
    try {
      if (keys.length > 0) await marker.put();
      for (let at = 0; at < keys.length; at += BATCH) {
        await cache.fetchResults(keys.slice(at, at + BATCH), signal, count);
        prepared.stats.save();
      }
    } finally {
      await marker.remove();
    }
  });
}
