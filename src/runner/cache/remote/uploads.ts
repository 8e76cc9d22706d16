/**
 * Stores results in a remote: their objects first, the record last. So a record there means a
 * complete result, wherever an upload ends.
 */
import type { Digest } from '../../key/digest.ts';
import { sameOutputs } from '../../state/last-results.ts';
import type { ActionRecord } from '../../store/action-cache.ts';
import { readArtifact } from '../../store/artifact.ts';
import { fileAt } from '../../store/file-stamp.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import { allSettled } from './all-settled.ts';
import { type Entry, encodeEntry, type NamedObject, remoteEntry } from './entry.ts';
import { type Remote, RemoteError } from './remote.ts';
import type { Trust } from './trust.ts';

export interface UploadOptions {
  /** Replaces a record of the same key, and its objects, which may be damaged there. */
  readonly replace: boolean;
  /** Stores nothing. */
  readonly dryRun?: boolean;
  readonly signal: AbortSignal;
}

/**
 * - `known`: the remote has the result already
 * - `other`: the remote has another result of this key, which it keeps
 * - `incomplete`: files of the result are missing in the local store
 */
export type Uploaded = 'uploaded' | 'known' | 'other' | 'incomplete';

export class Uploads {
  /** Bytes that were uploaded so far. */
  bytes = 0;
  objects = 0;
  private readonly remote: Remote;
  private readonly store: ObjectStore;
  private readonly trust: Trust;
  /** Several results may contain the same file. Resolves with whether it had to be uploaded. */
  private readonly objectsSent = new Map<Digest, Promise<boolean>>();

  constructor(remote: Remote, store: ObjectStore, trust: Trust) {
    this.remote = remote;
    this.store = store;
    this.trust = trust;
  }

  async result(record: ActionRecord, options: UploadOptions): Promise<Uploaded> {
    const objects = this.objectsOf(record);
    if (!objects) return 'incomplete';
    const entry = this.trust.entryOf(record);
    const before = options.replace ? 'none' : await this.before(entry, options.signal);
    if (typeof before === 'object' && !sameOutputs(before.outputs, record.outputs)) return 'other';
    // Also if the record is there: the server may have deleted objects.
    const sending = [...objects.values()].map((one) => this.object(one, options));
    const sent = await allSettled(sending, options.signal);
    if (typeof before === 'string') {
      if (!options.dryRun) await this.putEntry(entry, objects, before === 'none', options);
      return 'uploaded';
    }
    return sent.includes(true) ? 'uploaded' : 'known';
  }

  /** A record that can't be used is replaced, and so is one that lacks the signature of this one. */
  private async before(
    { record: { key }, signature }: Entry,
    signal: AbortSignal,
  ): Promise<ActionRecord | 'none' | 'broken'> {
    try {
      const before = await remoteEntry(this.remote, key, signal);
      if (!before) return 'none';
      return this.trust.isEnough(before, signature) ? before.record : 'broken';
    } catch (problem) {
      if (problem instanceof RemoteError && problem.problem === 'wrong') return 'broken';
      throw problem;
    }
  }

  private async putEntry(
    entry: Entry,
    objects: ReadonlyMap<Digest, NamedObject>,
    isNew: boolean,
    { replace, signal }: UploadOptions,
  ): Promise<void> {
    const bytes = encodeEntry(entry, objects.values());
    const body = { bytes, size: bytes.length };
    await this.remote.put('ac', entry.record.key, body, { ifAbsent: isNew && !replace, signal });
  }

  /** The lists of files and the files. Undefined if one of them is missing or damaged. */
  private objectsOf({ outputs }: ActionRecord): ReadonlyMap<Digest, NamedObject> | undefined {
    const objects = new Map<Digest, NamedObject>();
    for (const digest of Object.values(outputs)) {
      const list = readArtifact(digest, this.store);
      if (!list?.files.every((file) => this.store.isWhole(file.digest, file.size))) {
        return undefined;
      }
      objects.set(digest, { digest, size: fileAt(this.store.path(digest))?.size ?? 0 });
      for (const { digest: file, size } of list.files) objects.set(file, { digest: file, size });
    }
    return objects;
  }

  private object(object: NamedObject, options: UploadOptions): Promise<boolean> {
    const { digest } = object;
    let sent = this.objectsSent.get(digest);
    if (!sent) {
      sent = this.send(object, options);
      this.objectsSent.set(digest, sent);
      sent.catch(() => this.objectsSent.delete(digest));
    }
    return sent;
  }

  private async send(
    { digest, size }: NamedObject,
    { signal, dryRun, replace }: UploadOptions,
  ): Promise<boolean> {
    // The page of a proxy has another size. If other bytes arrived, their size may be right.
    if (!replace && (await this.remote.size('cas', digest, signal)) === size) return false;
    if (!dryRun) {
      const body = { file: this.store.path(digest), size };
      await this.remote.put('cas', digest, body, { ifAbsent: false, signal });
    }
    this.objects++;
    this.bytes += size;
    return true;
  }
}
