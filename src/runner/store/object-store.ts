/**
 * Content-addressed bytes: a file named by the sha256 of what it holds.
 *
 * Files are moved in, never copied, so a workspace must lie on the store's file system. An object is
 * read-only from the moment that it has its name.
 */
import { chmodSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Digest, digestFile, digestOf } from '../key/digest.ts';
import { inFolder, writeDurably } from './durable.ts';
import { atOnce } from './flushes.ts';
import { signOfLife } from './holder.ts';
import type { Layout } from './layout.ts';
import { Presence } from './presence.ts';
import { moveAside } from './quarantine.ts';

export class ObjectStore {
  private readonly layout: Layout;
  /** Objects whose bytes this process has already compared with their name. */
  private readonly verified = new Set<Digest>();
  private presence = new Presence();

  constructor(layout: Layout) {
    this.layout = layout;
  }

  /** A stat; of the size too, where it is known. */
  has(digest: Digest, size?: number): boolean {
    try {
      const status = statSync(this.layout.object(digest), { throwIfNoEntry: false });
      return status?.isFile() === true && (size === undefined || status.size === size);
    } catch {
      // Something else stands where a folder of the store should: then nothing is in it.
      return false;
    }
  }

  /** As `has` was a moment ago: for those who ask for thousands, and for bytes of none. */
  isPresent(digest: Digest): boolean {
    return this.presence.has(this.layout.objectShard(digest.slice(0, 2)), digest.slice(2));
  }

  lookAgain(): void {
    this.presence = new Presence();
  }

  path(digest: Digest): string {
    return this.layout.object(digest);
  }

  putText(text: string, flushes = atOnce): Digest {
    const digest = digestOf(text);
    if (!this.verify(digest)) {
      writeDurably(this.layout.object(digest), text, this.layout.temporary, flushes);
    }
    this.verified.add(digest);
    return digest;
  }

  /** Takes the file away from `path`. */
  moveIn(path: string, flushes = atOnce): { digest: Digest; size: number; executable: boolean } {
    const { size, mode } = statSync(path);
    const digest = digestFile(path, signOfLife);
    const object = this.layout.object(digest);
    // What is there is compared first: good bytes in hand are no time to trust damaged ones.
    if (this.verify(digest)) {
      rmSync(path);
    } else {
      if (flushes.first) flushes.flush(path);
      chmodSync(path, 0o444);
      inFolder(dirname(object), () => renameSync(path, object));
      if (!flushes.first) flushes.flush(object);
      flushes.flush(dirname(object));
    }
    this.verified.add(digest);
    return { digest, size, executable: (mode & 0o100) !== 0 };
  }

  /** The text of a small object; undefined where it is missing or corrupt. Changes nothing. */
  readText(digest: Digest): string | undefined {
    return this.readBytes(digest)?.toString('utf8');
  }

  /** The same of one that is no text. */
  readBytes(digest: Digest): Buffer | undefined {
    if (!this.has(digest)) return undefined;
    try {
      const bytes = readFileSync(this.layout.object(digest));
      return digestOf(bytes) === digest ? bytes : undefined;
    } catch {
      // Gone since, or not to be read: the same as missing.
      return undefined;
    }
  }

  /**
   * Whether the object's bytes have their name, read once a process. Bytes that don't are moved
   * aside: the object is then missing, and what needs it is made again by the next run.
   */
  verify(digest: Digest): boolean {
    // Somebody may have moved it aside since.
    if (!this.has(digest)) return false;
    if (this.verified.has(digest)) return true;
    if (digestFile(this.layout.object(digest), signOfLife) !== digest) {
      this.quarantine(digest);
      return false;
    }
    this.verified.add(digest);
    return true;
  }

  /** What somebody may have written to is compared again when it is next wanted. */
  distrust(digest: Digest): void {
    this.verified.delete(digest);
  }

  private quarantine(digest: Digest): void {
    moveAside(this.layout.object(digest), digest, this.layout);
  }
}
