/**
 * Content-addressed bytes: a file named by the sha256 of what it holds.
 *
 * Large files are moved in and not copied, where the workspace lies on the store's file system. An object
 * is read-only from the moment that it has its name.
 */
import { type BigIntStats, chmodSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { readBytes } from '../../base/read-file.ts';
import { hasCode, isAbsent } from '../../base/system-error.ts';
import { type Digest, digestFile, digestOf } from '../key/digest.ts';
import { inFolder, moveFile, writeDurably } from './durable.ts';
import {
  type FileStamp,
  fileAt,
  fileStampAt,
  fileStampOf,
  stampOf,
  statusAt,
} from './file-stamp.ts';
import { atOnce } from './flushes.ts';
import { signOfLife } from './holder.ts';
import { type KnownBytes, nothingKnown } from './known-bytes.ts';
import type { Layout } from './layout.ts';
import { moveAside } from './quarantine.ts';
import { unlessRefused } from './short-cut.ts';

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

/** After half a minute Linux writes out what waits. */
const LONGEST_UNFLUSHED_MS = 120_000;

export class ObjectStore {
  private readonly layout: Layout;
  private readonly stats: KnownBytes;
  /** Objects whose bytes this process has compared with their name, and what a stat said of them then. */
  private readonly verified = new Map<Digest, FileStamp>();
  /** The same of those that have other bytes. */
  private readonly damaged = new Map<Digest, FileStamp>();

  /** `stats` knows the objects that were compared before. Without it, this only looks. */
  constructor(layout: Layout, stats = nothingKnown) {
    this.layout = layout;
    this.stats = stats;
  }

  /** A stat; of the size too, where it is known. */
  has(digest: Digest, size?: number): boolean {
    const file = fileAt(this.layout.object(digest));
    return file !== undefined && (size === undefined || file.size === size);
  }

  /**
   * Whether the object has the bytes of its name: by a stat where it is as it was when they were
   * compared, else they are compared now. Whoever only looks believes the size. Changes nothing.
   */
  isWhole(digest: Digest, size?: number): boolean {
    const file = fileAt(this.layout.object(digest));
    if (!file || (size !== undefined && file.size !== size)) return false;
    const stamp = fileStampOf(file);
    return (
      !this.stats.keeps ||
      this.stats.get(digest)?.stamp === stamp ||
      this.hasItsBytes(digest, stamp)
    );
  }

  /** What a stat said when its bytes were compared with its name; undefined where that is not known. */
  stampOf(digest: Digest): FileStamp | undefined {
    return this.stats.get(digest)?.stamp as FileStamp | undefined;
  }

  path(digest: Digest): string {
    return this.layout.object(digest);
  }

  putText(text: string, flushes = atOnce): Digest {
    const digest = digestOf(text);
    if (!this.verify(digest)) {
      writeDurably(this.layout.object(digest), text, this.layout.temporary, flushes);
    }
    this.trust(digest);
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
    this.trust(digest);
    return measured;
  }

  /** Leaves the file where it is: whoever has it open can't write to the copy. It is read into memory. */
  copyIn(path: string, flushes = atOnce): Measured {
    const bytes = readBytes(path);
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
    this.trust(digest);
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
    const stamp = fileStampAt(this.layout.object(digest));
    if (stamp === undefined) return undefined;
    try {
      const bytes = readBytes(this.layout.object(digest));
      if (digestOf(bytes) !== digest) return undefined;
      this.stats.learn(digest, stamp, digest);
      return bytes;
    } catch (problem) {
      if (isAbsent(problem)) return undefined;
      throw problem;
    }
  }

  /**
   * Whether the object's bytes have their name, read once a process and again where it was written to
   * since. Bytes that don't are moved aside, and so is anything else that has the name: the object is
   * then missing, and what needs it is made again.
   */
  verify(digest: Digest): boolean {
    const path = this.layout.object(digest);
    const status = statusAt(path);
    if (!status) return false;
    if (status.isFile() && this.hasItsBytes(digest, fileStampOf(status))) return true;
    this.invalidate(digest);
    moveAside(path, digest, this.layout);
    return false;
  }

  /** A process may have written to the object: its bytes are compared again at the next use. */
  invalidate(digest: Digest): void {
    this.verified.delete(digest);
    this.stats.invalidate(digest);
  }

  private trust(digest: Digest, stamp = fileStampAt(this.layout.object(digest))): void {
    if (stamp === undefined) return;
    this.verified.set(digest, stamp);
    this.stats.learn(digest, stamp, digest);
  }

  /** Reads it, unless that was done when a stat said the same of it. */
  private hasItsBytes(digest: Digest, stamp: FileStamp): boolean {
    if (this.verified.get(digest) === stamp) return true;
    if (this.damaged.get(digest) === stamp) return false;
    const same = this.readDigest(digest) === digest;
    if (!same) this.damaged.set(digest, stamp);
    else if (this.isOnDisk(digest)) this.trust(digest, stamp);
    else this.verified.set(digest, stamp);
    return same;
  }

  /** What a killed run left a moment ago was read from memory: after a power cut it could be gone. */
  private isOnDisk(digest: Digest): boolean {
    const path = this.layout.object(digest);
    const changed = fileAt(path)?.ctimeMs ?? 0;
    if (Date.now() - changed > LONGEST_UNFLUSHED_MS) return true;
    const flush = (): true => {
      atOnce.flush(path);
      return true;
    };
    return unlessRefused(flush) === true;
  }

  private readDigest(digest: Digest): Digest | undefined {
    try {
      return digestFile(this.layout.object(digest), signOfLife);
    } catch (problem) {
      if (isAbsent(problem)) return undefined;
      throw problem;
    }
  }
}
