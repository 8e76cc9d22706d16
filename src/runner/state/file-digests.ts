/**
 * The digests of files that were read before, with the stamps of the files.
 *
 * A file is not read again while its stamp (size, times and inode) is the same. The exception is a
 * file that was changed just before it was read: a further change could have the same time, because
 * the clock of the file system has a limited resolution.
 *
 * Files of the store are included, under names that are not paths: an object under its digest. The
 * code that writes or reads them reports their digests (`learn`).
 */
import { type BigIntStats, rmSync, statSync, writeFileSync } from 'node:fs';
import { unlessRefused } from '../../base/system-error.ts';
import { type Digest, digestFile, isDigest } from '../key/digest.ts';
import { temporaryPath } from '../store/durable.ts';
import { stampOf } from '../store/file-stamp.ts';
import { beatIfDue } from '../store/heartbeat.ts';
import {
  ChangingFile,
  type FileReader,
  type KnownBytes,
  type KnownEntry,
  type KnownFile,
} from '../store/known-bytes.ts';
import type { Layout } from '../store/layout.ts';
import { CheckedLog } from './checked-log.ts';
import { DIGEST_LENGTH, DigestLog } from './digest-log.ts';

/** The coarsest clock of a known file system (FAT) has a resolution of two seconds. */
const GRANULARITY_NS = 2_000_000_000n;

/** If another process keeps writing to a file, its content has no digest. */
const MOST_READINGS = 5;

/** A stamp that no file has. */
const NEVER = 'never';

export class FileDigests implements KnownBytes, FileReader {
  private readonly layout: Layout;
  /** Of files of the project. A run with nothing to do reads no other log. */
  private readonly paths: DigestLog;
  /** Of files of the store, by shard. A job on a cluster reads few of them. */
  private readonly shards = new Map<string, DigestLog>();
  /** The file of `paths` has lines that are in the shards now. */
  private isShared = false;
  private skew: bigint | undefined;
  readonly keeps: boolean;

  /** Without `keeps`, nothing is written. */
  constructor(layout: Layout, keeps = true) {
    this.layout = layout;
    const { fileDigests, temporary, oldFileDigests } = layout;
    this.paths = new DigestLog(new CheckedLog(fileDigests, temporary, oldFileDigests), isPath);
    this.keeps = keeps;
  }

  /** Throws if the path can't be read as a file, or if the file keeps changing. */
  digest(path: string): KnownFile {
    const before = statSync(path, { bigint: true });
    const stamp = stampOf(before);
    const known = this.get(path);
    if (known?.stamp === stamp) return knownFile(before, known.digest);
    let stats = before;
    for (let reading = 1; reading <= MOST_READINGS; reading++) {
      const now = this.fileSystemNow();
      const digest = digestFile(path, beatIfDue);
      const after = statSync(path, { bigint: true });
      if (stampOf(after) === stampOf(stats)) {
        if (newest(after) < now - GRANULARITY_NS) this.remember(path, stampOf(after), digest);
        return knownFile(after, digest);
      }
      stats = after;
    }
    throw new ChangingFile(`it changed during each of ${MOST_READINGS} attempts to read it`);
  }

  /** Writes new entries. If they can't be written, files are read again next time. */
  save(): void {
    if (!this.keeps) return;
    unlessRefused(() => {
      for (const shard of this.shards.values()) shard.save();
      if (this.isShared) this.paths.rewrite();
      else this.paths.save();
      this.isShared = false;
    });
  }

  /** The digest of a file of the store, and its stamp when it was read. */
  get(name: string): KnownEntry | undefined {
    return this.logOf(name).get(name);
  }

  /** Adds the digest of a file of the store. The file must be on the disk before this is saved. */
  learn(name: string, stamp: string, digest: Digest): void {
    if (!this.keeps) return;
    const known = this.get(name);
    if (known?.stamp !== stamp || known.digest !== digest) this.remember(name, stamp, digest);
  }

  /** The file has to be read before it is used again. */
  invalidate(name: string): void {
    const known = this.get(name);
    if (known) this.remember(name, NEVER, known.digest);
  }

  /**
   * Removes files of the store that no longer exist. Their lines would otherwise be kept forever.
   */
  drop(names: Iterable<string>): void {
    const changed = new Set<DigestLog>();
    for (const name of names) {
      const log = this.logOf(name);
      if (log.delete(name)) changed.add(log);
    }
    if (!this.keeps) return;
    unlessRefused(() => {
      for (const log of changed) log.rewrite();
    });
    this.save();
  }

  private remember(name: string, stamp: string, digest: Digest): void {
    this.logOf(name).remember(name, { stamp, digest });
  }

  private logOf(name: string): DigestLog {
    if (isPath(name)) return this.paths;
    // Earlier versions kept all names in one file.
    for (const [other, entry] of this.paths.takeOthers()) {
      this.isShared = true;
      if (!isDigest(other.slice(-DIGEST_LENGTH))) continue;
      const shard = this.shardOf(other);
      // It is there if the disk refused to remove the line.
      if (shard.get(other)?.stamp !== entry.stamp) shard.remember(other, entry);
    }
    return this.shardOf(name);
  }

  private shardOf(name: string): DigestLog {
    const key = shardIn(name);
    const known = this.shards.get(key);
    if (known) return known;
    const { temporary } = this.layout;
    const shard = new DigestLog(new CheckedLog(this.layout.storeDigests(key), temporary));
    this.shards.set(key, shard);
    return shard;
  }

  /** By the clock of the file system. On a shared disk, that is the clock of another machine. */
  private fileSystemNow(): bigint {
    const here = BigInt(Date.now()) * 1_000_000n;
    if (!this.keeps) return here;
    if (this.skew === undefined) {
      const found = unlessRefused(() => {
        const probe = temporaryPath(this.layout.temporary);
        writeFileSync(probe, '');
        const { mtimeNs } = statSync(probe, { bigint: true });
        rmSync(probe);
        return mtimeNs - here;
      });
      this.skew = found ?? 0n;
    }
    return here + (this.skew < 0n ? this.skew : 0n);
  }
}

function newest({ mtimeNs, ctimeNs }: BigIntStats): bigint {
  return mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
}

function knownFile(stats: BigIntStats, digest: Digest): KnownFile {
  const executable = (stats.mode & 0o100n) !== 0n;
  return { digest, size: Number(stats.size), executable, stamp: stampOf(stats) };
}

/** Names of the store's files do not begin with it. */
function isPath(name: string): boolean {
  return name.startsWith('/');
}

/** Few enough that a run may write to all of them, and many enough that a job reads little. */
const SHARDS = 64;

/** Every name of the store's files has a digest at its end. */
function shardIn(name: string): string {
  return String(Number.parseInt(name.slice(-2), 16) % SHARDS);
}
