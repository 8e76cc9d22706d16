/** Results in a remote. A problem of the remote is a warning, and its result counts as missing. */
import type { StageKey } from '../../key/fingerprint.ts';
import type { ActionRecord } from '../../store/action-cache.ts';
import type { Flushes } from '../../store/flushes.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import { allSettled } from './all-settled.ts';
import { Downloads } from './downloads.ts';
import { remoteRecord } from './entry.ts';
import { type Direction, GuardedRemote } from './guarded-remote.ts';
import { type Remote, RemoteError } from './remote.ts';
import { type Uploaded, type UploadOptions, Uploads } from './uploads.ts';

/** More problems of single results are not reported one by one. */
const MOST_WARNINGS = 3;

export class RemoteResults {
  readonly downloads: Downloads;
  readonly uploads: Uploads;
  private readonly remote: GuardedRemote;
  private readonly onWarning: (message: string) => void;
  private readonly warned = new Set<string>();

  constructor(remote: Remote, store: ObjectStore, onWarning: (message: string) => void) {
    this.remote = new GuardedRemote(remote);
    this.onWarning = onWarning;
    this.downloads = new Downloads(this.remote, store);
    this.uploads = new Uploads(this.remote, store);
  }

  /** For messages. */
  get address(): string {
    return this.remote.address;
  }

  record(key: StageKey, signal: AbortSignal): Promise<ActionRecord | undefined> {
    return this.unlessRefused('read', undefined, () => remoteRecord(this.remote, key, signal));
  }

  /** Brings the files of a result into the local store. False if some can't be had. */
  fetch({ outputs }: ActionRecord, flushes: Flushes, signal: AbortSignal): Promise<boolean> {
    return this.unlessRefused('read', false, async () => {
      const artifacts = Object.values(outputs);
      const arrived = artifacts.map((one) => this.downloads.artifact(one, flushes, signal));
      return (await allSettled(arrived)).every(Boolean);
    });
  }

  /** Counts what `fetch` would bring, and stores nothing. False if some of it can't be had. */
  measure({ outputs }: ActionRecord, signal: AbortSignal): Promise<boolean> {
    return this.unlessRefused('read', false, async () => {
      const measured = Object.values(outputs).map((one) => this.downloads.measure(one, signal));
      return (await allSettled(measured)).every(Boolean);
    });
  }

  upload(record: ActionRecord, options: UploadOptions): Promise<Uploaded | 'failed'> {
    return this.unlessRefused('write', 'failed', () => this.uploads.result(record, options));
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
