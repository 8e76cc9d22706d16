/** Stores the results of a plan in the remote cache, without a run. */
import { allSettled } from '../cache/remote/all-settled.ts';
import { Slots } from '../cache/remote/slots.ts';
import type { Prepared } from './prepared.ts';
import {
  hitKeys,
  remoteOf,
  reportProgress,
  type Transfer,
  type TransferRequest,
  unlessStopped,
} from './transfer.ts';

/** So many records are in memory together. */
const AT_ONCE = 64;

/** Undefined if the project has no remote cache. */
export async function push(
  prepared: Prepared,
  { dryRun, signal, onProgress }: TransferRequest,
): Promise<Transfer | undefined> {
  const opened = await remoteOf(prepared);
  if (!opened) return undefined;
  const { cache, remote } = opened;
  const { plan, planContext } = prepared;
  const hits = hitKeys(plan);
  // What the plan found in the cache is not here.
  const keys = [...hits].filter((key) => !cache.remoteResults.has(key));
  const counts = { uploaded: 0, known: 0, other: 0, incomplete: 0, failed: 0 };
  const slots = new Slots(AT_ONCE);
  const onEach = reportProgress(remote, keys.length, onProgress);
  const interrupted = await unlessStopped(async () => {
    const uploads = keys.map((key) =>
      slots.run(async () => {
        if (signal.aborted) return;
        const record = planContext.actions.get(key);
        const options = { replace: false, dryRun, signal };
        counts[record ? await remote.upload(record, options) : 'incomplete']++;
        onEach();
      }),
    );
    await allSettled(uploads);
  }, signal);
  const { objects, bytes } = remote.uploads;
  return {
    address: remote.address,
    results: counts.uploaded,
    known: counts.known + hits.size - keys.length,
    other: counts.other,
    failed: counts.failed + counts.incomplete,
    objects,
    bytes,
    toRun: plan.counts.run + plan.counts.pending,
    warnings: cache.takeWarnings(),
    interrupted,
  };
}
