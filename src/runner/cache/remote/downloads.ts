/**
 * Brings objects from a remote into the local store. Bytes are hashed as they arrive, and get their
 * name only if they match it.
 */
import { rmSync, statSync } from 'node:fs';
import { type Digest, digestOf } from '../../key/digest.ts';
import { type ArtifactFile, parseTree, readArtifact } from '../../store/artifact.ts';
import { temporaryPath } from '../../store/durable.ts';
import type { Flushes } from '../../store/flushes.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import { allSettled } from './all-settled.ts';
import { ArrivingFile } from './arriving-file.ts';
import { received } from './received.ts';
import { type Remote, RemoteError } from './remote.ts';

/** A list of files is shorter, unless an artifact has more than a million files. */
const LONGEST_LIST = 1 << 28;

export class Downloads {
  /** Bytes that were downloaded so far. */
  bytes = 0;
  objects = 0;
  private readonly remote: Remote;
  private readonly store: ObjectStore;
  private readonly measured = new Set<Digest>();
  /** Several artifacts may contain the same file. */
  private readonly running = new Map<Digest, Promise<boolean>>();

  constructor(remote: Remote, store: ObjectStore) {
    this.remote = remote;
    this.store = store;
  }

  /** False if an object is missing in the remote. */
  async artifact(digest: Digest, flushes: Flushes, signal: AbortSignal): Promise<boolean> {
    const list = await this.list(digest, flushes, signal);
    if (!list) return false;
    const arrived = await allSettled(
      list.map((file) => this.object(file.digest, file.size, flushes, signal)),
      signal,
    );
    return arrived.every(Boolean);
  }

  /** Counts what `artifact` would download. Only lists of files are read, and nothing is stored. */
  async measure(digest: Digest, signal: AbortSignal): Promise<boolean> {
    let text = this.store.readText(digest);
    if (text === undefined) {
      text = await this.text(digest, signal);
      if (text === undefined) return false;
      this.measured.add(digest);
    }
    for (const file of this.parsed(text)) {
      if (this.measured.has(file.digest) || this.store.has(file.digest, file.size)) continue;
      this.measured.add(file.digest);
      this.count(file.size);
    }
    return true;
  }

  private async list(
    digest: Digest,
    flushes: Flushes,
    signal: AbortSignal,
  ): Promise<readonly ArtifactFile[] | undefined> {
    if (this.store.isWhole(digest)) {
      const known = readArtifact(digest, this.store);
      if (known) return known.files;
    }
    const text = await this.text(digest, signal);
    if (text === undefined) return undefined;
    const files = this.parsed(text);
    this.store.putText(text, flushes);
    return files;
  }

  private parsed(text: string): readonly ArtifactFile[] {
    const tree = parseTree(text);
    if (tree) return tree.files;
    throw new RemoteError('wrong', 'sent a list of files that no stage can make');
  }

  private async text(digest: Digest, signal: AbortSignal): Promise<string | undefined> {
    const bytes = await received(this.remote, 'cas', digest, LONGEST_LIST, signal);
    if (!bytes) return undefined;
    if (digestOf(bytes) !== digest) throw wrongBytes(digest);
    this.count(bytes.length);
    return bytes.toString('utf8');
  }

  private object(
    digest: Digest,
    size: number,
    flushes: Flushes,
    signal: AbortSignal,
  ): Promise<boolean> {
    let download = this.running.get(digest);
    if (!download) {
      download = this.download(digest, size, flushes, signal);
      this.running.set(digest, download);
      const end = (): void => void this.running.delete(digest);
      download.then(end, end);
    }
    return download;
  }

  private async download(
    digest: Digest,
    size: number,
    flushes: Flushes,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (this.store.isWhole(digest, size)) return true;
    const path = temporaryPath(this.store.temporary);
    let moved = false;
    try {
      // Opened for the first byte, because thousands of downloads may wait for a connection.
      let file: ArrivingFile | undefined;
      let length = 0;
      const take = (bytes: Uint8Array): void => {
        length += bytes.length;
        if (length > size) throw wrongBytes(digest);
        file ??= new ArrivingFile(path);
        file.write(bytes);
      };
      try {
        if (!(await this.remote.get('cas', digest, { from: 0, take, size, signal }))) return false;
        file ??= new ArrivingFile(path);
        if (length !== size || (await file.end()) !== digest) throw wrongBytes(digest);
      } finally {
        await file?.close();
      }
      const mode = 0o400 | (statSync(path).mode & 0o044);
      this.store.moveIn(path, flushes, { digest, size, executable: false, mode, stamp: '' });
      moved = true;
      this.count(size);
      return true;
    } finally {
      if (!moved) rmSync(path, { force: true });
    }
  }

  private count(bytes: number): void {
    this.objects++;
    this.bytes += bytes;
  }
}

function wrongBytes(digest: Digest): RemoteError {
  return new RemoteError('wrong', `sent other bytes than those of ${digest.slice(0, 12)}`);
}
