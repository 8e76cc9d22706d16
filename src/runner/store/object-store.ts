/**
 * Content-addressed bytes: each file is named by the SHA-256 digest of its content.
 *
 * Files are moved in rather than copied if the workspace is on the same file system. An object is
 * read-only as soon as it has its name.
 */
import { type BigIntStats, chmodSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { readBytes } from '../../base/read-file.ts';
import { hasCode, isAbsent, unlessRefused } from '../../base/system-error.ts';
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
import { beatIfDue } from './heartbeat.ts';
import { type KnownBytes, nothingKnown } from './known-bytes.ts';
import type { Layout } from './layout.ts';
import { quarantine } from './quarantine.ts';

export interface Measured {
  readonly digest: Digest;
  readonly size: number;
  readonly executable: boolean;
  /** The mode of the object: readable for everyone who could read the file, and not writable. */
  readonly mode: number;
  /** The stamp before it was read. */
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

/** Linux writes out waiting bytes after about half a minute. */
const LONGEST_UNFLUSHED_MS = 120_000;

export class ObjectStore {
  private readonly layout: Layout;
  private readonly stats: KnownBytes;
  /** The stamps of objects whose bytes this process has compared with their name. */
  private readonly verified = new Map<Digest, FileStamp>();
  /** The same for objects with wrong bytes. */
  private readonly damaged = new Map<Digest, FileStamp>();

  /** `stats` knows the objects that were compared before. Without it, the store changes nothing. */
  constructor(layout: Layout, stats = nothingKnown) {
    this.layout = layout;
    this.stats = stats;
  }

  /** Costs one stat. Compares the size too, if it is known. */
  has(digest: Digest, size?: number): boolean {
    const file = fileAt(this.layout.object(digest));
    return file !== undefined && (size === undefined || file.size === size);
  }

  /**
   * Whether the object has the bytes of its name. If the stamp has not changed since they were
   * compared, this costs one stat; otherwise they are compared now. Without `stats`, the size is
   * enough. Changes nothing.
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

  /** The stamp when the bytes were compared with the name. Undefined if not known. */
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

  /** Digest, size and mode of a file, which stays where it is. */
  measure(path: string): Measured {
    const status = statSync(path, { bigint: true });
    const digest = digestFile(path, beatIfDue);
    return { digest, size: Number(status.size), ...aboutFile(status) };
  }

  /** Moves a measured file into the store. */
  moveIn(path: string, flushes = atOnce, measured = this.measure(path)): Measured {
    const { digest, mode } = measured;
    const object = this.layout.object(digest);
    // An existing object is compared first: if it is damaged, the good bytes at hand replace it.
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

  /** Copies the file through memory. Processes that have the file open can't write to the copy. */
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

  /** Makes an object readable for more users, because a new file with the same bytes is. */
  private widen(digest: Digest, mode: number): void {
    const object = this.layout.object(digest);
    const now = statSync(object).mode & 0o777;
    if ((now | mode) === now) return;
    try {
      chmodSync(object, now | mode);
    } catch (problem) {
      // It belongs to another user. A user who can't read it makes it again.
      if (!hasCode(problem, 'EPERM', 'EACCES', 'EROFS')) throw problem;
    }
  }

  /** The text of a small object. Undefined if it is missing or corrupt. Changes nothing. */
  readText(digest: Digest): string | undefined {
    return this.readBytes(digest)?.toString('utf8');
  }

  /** The same for an object that is not text. */
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
   * Whether the bytes of the object match its name. They are read once per process, and again if
   * the object was written to. An object that does not match is moved aside, whatever it is. It is
   * then missing, and the stages that need it make it again.
   */
  verify(digest: Digest): boolean {
    const path = this.layout.object(digest);
    const status = statusAt(path);
    if (!status) return false;
    if (status.isFile() && this.hasItsBytes(digest, fileStampOf(status))) return true;
    this.invalidate(digest);
    quarantine(path, digest, this.layout);
    return false;
  }

  /** A process may have written to the object, so its bytes are compared again at the next use. */
  invalidate(digest: Digest): void {
    this.verified.delete(digest);
    this.stats.invalidate(digest);
  }

  private trust(digest: Digest, stamp = fileStampAt(this.layout.object(digest))): void {
    if (stamp === undefined) return;
    this.verified.set(digest, stamp);
    this.stats.learn(digest, stamp, digest);
  }

  /** Reads the object, unless this was done with the same stamp. */
  private hasItsBytes(digest: Digest, stamp: FileStamp): boolean {
    if (this.verified.get(digest) === stamp) return true;
    if (this.damaged.get(digest) === stamp) return false;
    const same = this.readDigest(digest) === digest;
    if (!same) this.damaged.set(digest, stamp);
    else if (this.isOnDisk(digest)) this.trust(digest, stamp);
    else this.verified.set(digest, stamp);
    return same;
  }

  /** A killed run may have written the object so recently that a power cut could still lose it. */
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
      return digestFile(this.layout.object(digest), beatIfDue);
    } catch (problem) {
      if (isAbsent(problem)) return undefined;
      throw problem;
    }
  }
}
