/** Stores the results of a plan in the remote cache, without a run. */
import { allSettled } from '../cache/remote/all-settled.ts';
import type { RemoteResults } from '../cache/remote/remote-results.ts';
import { Slots } from '../cache/remote/slots.ts';
import type { Prepared } from './prepared.ts';
import { type Outcome, type Transfer, type TransferRequest, transfer } from './transfer.ts';

/** So many records are in memory together. */
const AT_ONCE = 64;

type Uploaded = Awaited<ReturnType<RemoteResults['upload']>>;

const OUTCOMES: Readonly<Record<Uploaded, Outcome>> = {
  uploaded: 'results',
  known: 'known',
  other: 'other',
  incomplete: 'failed',
  failed: 'failed',
};

/** Undefined if the project has no remote cache. */
export function push(prepared: Prepared, request: TransferRequest): Promise<Transfer | undefined> {
  const { dryRun, signal } = request;
  return transfer('push', prepared, request, async ({ remote, keys, onEach }) => {
    const slots = new Slots(AT_ONCE);
    const uploads = keys.map((key) =>
      slots.run(async () => {
        if (signal.aborted) return;
        const record = prepared.planContext.actions.get(key);
        const options = { replace: false, dryRun, signal };
        onEach(record ? OUTCOMES[await remote.upload(record, options)] : 'failed');
      }),
    );
    await allSettled(uploads, signal);
  });
}
