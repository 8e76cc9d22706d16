/**
 * Content-addressed bytes: a file named by the sha256 of what it holds.
 *
 * Large files are moved in and not copied, where the workspace lies on the store's file system. An object
 * is read-only from the moment that it has its name.
 */
import { type BigIntStats, chmodSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode } from '../../base/system-error.ts';
import { type Digest, digestFile, digestOf } from '../key/digest.ts';
import { inFolder, moveFile, writeDurably } from './durable.ts';
import { atOnce } from './flushes.ts';
import { signOfLife } from './holder.ts';
import type { Layout } from './layout.ts';
import { Presence } from './presence.ts';
import { moveAside } from './quarantine.ts';
import { stampOf } from './stat-cache.ts';

export interface Measured {
  readonly digest: Digest;
  readonly size: number;
  readonly executable: boolean;
  /** Of the object: readable for those who could read the file, writable for nobody. */
  readonly mode: number;
  /** What a stat said before it was read. */
  readonly stamp: string;
}

function aboutFile(status: BigIntStats): Pick<Measured, 'executable' | 'mode' | 'stamp'> {
  const mode = Number(status.mode);
  return {
    executable: (mode & 0o100) !== 0,
    mode: 0o400 | (mode & 0o044),
    stamp: stampOf(status),
  };
}

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

  /** A file's name and what else a list says of it. The file stays where it is. */
  measure(path: string): Measured {
    const status = statSync(path, { bigint: true });
    const digest = digestFile(path, signOfLife);
    return { digest, size: Number(status.size), ...aboutFile(status) };
  }

  /** Takes the file away from `path`, as it was measured. */
  moveIn(path: string, flushes = atOnce, measured = this.measure(path)): Measured {
    const { digest, mode } = measured;
    const object = this.layout.object(digest);
    // What is there is compared first: good bytes in hand are no time to trust damaged ones.
    if (this.verify(digest)) {
      rmSync(path);
      this.widen(digest, mode);
    } else {
      if (flushes.first) flushes.flush(path);
      chmodSync(path, mode);
      inFolder(dirname(object), () => moveFile(path, object, flushes));
      if (!flushes.first) flushes.flush(object);
      flushes.flush(dirname(object));
    }
    this.verified.add(digest);
    return measured;
  }

  /** Leaves the file where it is: whoever has it open can't write to the copy. It is read into memory. */
  copyIn(path: string, flushes = atOnce): Measured {
    const bytes = readFileSync(path);
    const digest = digestOf(bytes);
    const measured = {
      digest,
      size: bytes.length,
      ...aboutFile(statSync(path, { bigint: true })),
    };
    if (this.verify(digest)) this.widen(digest, measured.mode);
    else {
      const { mode } = measured;
      writeDurably(this.layout.object(digest), bytes, this.layout.temporary, flushes, mode);
    }
    this.verified.add(digest);
    return measured;
  }

  /** A folder for files on their way into the store. */
  get temporary(): string {
    return this.layout.temporary;
  }

  /** Somebody makes the same bytes readable for more people than before. */
  private widen(digest: Digest, mode: number): void {
    const object = this.layout.object(digest);
    const now = statSync(object).mode & 0o777;
    if ((now | mode) === now) return;
    try {
      chmodSync(object, now | mode);
    } catch (problem) {
      // It is another person's: whoever can't read it makes it again.
      if (!hasCode(problem, 'EPERM', 'EACCES', 'EROFS')) throw problem;
    }
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
