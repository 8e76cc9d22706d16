/** Results in a remote. A problem of the remote is a warning, and its result counts as missing. */
import type { StageKey } from '../../key/fingerprint.ts';
import type { ActionRecord } from '../../store/action-cache.ts';
import type { Flushes } from '../../store/flushes.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import { allSettled } from './all-settled.ts';
import { Downloads } from './downloads.ts';
import { remoteEntry } from './entry.ts';
import { type Direction, GuardedRemote } from './guarded-remote.ts';
import type { OpenedRemote } from './opened-remote.ts';
import { RemoteError } from './remote.ts';
import { Trust } from './trust.ts';
import { type Uploaded, type UploadOptions, Uploads } from './uploads.ts';

/** More problems of single results are not reported one by one. */
const MOST_WARNINGS = 3;

const NOT_TRUSTED = new RemoteError('wrong', 'has results without a signature of a trusted key', {
  advice: 'they are not used; "trust" in the pipeline lists the keys',
});

const NOT_SIGNED = new RemoteError(
  'refused',
  'gets no result without a signature of a trusted key',
  {
    advice: 'set $PIPELINE_CACHE_SIGNING_KEY to the private key of one of the keys in "trust"',
  },
);

export class RemoteResults {
  readonly downloads: Downloads;
  readonly uploads: Uploads;
  /** Called with the bytes of files while they are copied. */
  onBytes: ((bytes: number) => void) | undefined;
  private readonly remote: GuardedRemote;
  private readonly trust: Trust;
  private readonly onWarning: (message: string) => void;
  private readonly warned = new Set<string>();

  constructor(
    { remote, limit, patience, trust, signer }: OpenedRemote,
    store: ObjectStore,
    onWarning: (message: string) => void,
  ) {
    const onBytes = (bytes: number): void => this.onBytes?.(bytes);
    this.remote = new GuardedRemote(remote, { limit, patience, onBytes });
    this.trust = new Trust(trust, signer);
    this.onWarning = onWarning;
    this.downloads = new Downloads(this.remote, store);
    this.uploads = new Uploads(this.remote, store, this.trust);
  }

  /** For messages. */
  get address(): string {
    return this.remote.address;
  }

  /** The record says that it came from here. */
  record(key: StageKey, signal: AbortSignal): Promise<ActionRecord | undefined> {
    return this.unlessRefused('read', undefined, async () => {
      const entry = await remoteEntry(this.remote, key, signal);
      if (!entry) return undefined;
      if (!this.trust.isTrusted(entry)) {
        this.warn(NOT_TRUSTED);
        return undefined;
      }
      const { record, signature } = entry;
      const cache = { address: this.address, ...(signature !== undefined && { signature }) };
      return { ...record, provenance: { ...record.provenance, cache } };
    });
  }

  /** Brings the files of a result into the local store. False if some can't be had. */
  fetch({ outputs }: ActionRecord, flushes: Flushes, signal: AbortSignal): Promise<boolean> {
    return this.unlessRefused('read', false, async () => {
      const artifacts = Object.values(outputs);
      const arrived = artifacts.map((one) => this.downloads.artifact(one, flushes, signal));
      return (await allSettled(arrived, signal)).every(Boolean);
    });
  }

  /** Counts what `fetch` would bring, and stores nothing. False if some of it can't be had. */
  measure({ outputs }: ActionRecord, signal: AbortSignal): Promise<boolean> {
    return this.unlessRefused('read', false, async () => {
      const measured = Object.values(outputs).map((one) => this.downloads.measure(one, signal));
      return (await allSettled(measured, signal)).every(Boolean);
    });
  }

  upload(record: ActionRecord, options: UploadOptions): Promise<Uploaded | 'failed'> {
    return this.unlessRefused('write', 'failed', async () => {
      if (this.trust.isTrusted(this.trust.entryOf(record))) {
        return this.uploads.result(record, options);
      }
      this.warn(NOT_SIGNED);
      return 'failed';
    });
  }

  private async unlessRefused<T>(
    direction: Direction,
    otherwise: T,
    act: () => Promise<T>,
  ): Promise<T> {
    try {
      const result = await act();
      this.remote.noteSuccess(direction);
      return result;
    } catch (problem) {
      if (!(problem instanceof RemoteError)) throw problem;
      if (problem.problem === 'wrong') this.remote.noteFailure(direction, problem);
      this.warn(problem);
      return otherwise;
    }
  }

  private warn({ problem, message, advice }: RemoteError): void {
    if (problem === 'off') return;
    const text = `the cache ${this.remote.address} ${message}${advice ? `; ${advice}` : ''}`;
    if (this.warned.has(text) || this.warned.size >= MOST_WARNINGS) return;
    this.warned.add(text);
    this.onWarning(text);
  }
}
