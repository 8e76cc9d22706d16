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
import { type Digest, digestFile } from '../key/digest.ts';
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
import { CheckedLog, contentOf, HEAD } from './checked-log.ts';

/** The coarsest clock of a known file system (FAT) has a resolution of two seconds. */
const GRANULARITY_NS = 2_000_000_000n;

/** If another process keeps writing to a file, its content has no digest. */
const MOST_READINGS = 5;

/** By name. */
type Entries = Map<string, string | KnownEntry>;

/** The first character of absolute paths. Names of the store's files do not begin with it. */
const SLASH = 47;

/** A stamp that no file has. */
const NEVER = 'never';

export class FileDigests implements KnownBytes, FileReader {
  private readonly layout: Layout;
  private readonly log: CheckedLog;
  /** A line is parsed when its name is first looked up. */
  private entries: Entries | undefined;
  /**
   * Lines about files of the store. They are parsed at the first lookup, and a run with nothing to
   * do makes none.
   */
  private storeLines: readonly string[] = [];
  private added: string[] = [];
  private skew: bigint | undefined;
  readonly keeps: boolean;

  /** Without `keeps`, nothing is written. */
  constructor(layout: Layout, keeps = true) {
    this.layout = layout;
    this.log = new CheckedLog(layout.fileDigests, layout.temporary, layout.oldFileDigests);
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
    if (this.added.length === 0 || !this.keeps) return;
    const added = this.added;
    this.added = [];
    unlessRefused(() => {
      if (this.log.isMostlyOutdated(this.all().size)) this.log.rewrite(this.contents());
      else this.log.append(added, () => this.contents());
    });
  }

  /** The digest of a file of the store, and its stamp when it was read. */
  get(name: string): KnownEntry | undefined {
    const entries = this.entriesFor(name);
    const known = entries.get(name);
    if (typeof known !== 'string') return known;
    const entry = entryOf(known);
    if (entry) entries.set(name, entry);
    else entries.delete(name);
    return entry;
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
    const entries = this.all();
    let dropped = false;
    for (const name of names) dropped = entries.delete(name) || dropped;
    if (!dropped || !this.keeps) return;
    this.added = [];
    unlessRefused(() => this.log.rewrite(this.contents()));
  }

  private remember(path: string, stamp: string, digest: Digest): void {
    this.entriesFor(path).set(path, { stamp, digest });
    this.added.push(textOf(path, stamp, digest));
  }

  private *contents(): Iterable<string> {
    for (const name of [...this.all().keys()]) {
      const known = this.get(name);
      if (known) yield textOf(name, known.stamp, known.digest);
    }
  }

  private entriesFor(name: string): Entries {
    return name.charCodeAt(0) === SLASH ? this.load() : this.all();
  }

  private all(): Entries {
    const entries = this.load();
    for (const line of this.storeLines) entries.set(nameIn(line, namedAt(line)), line);
    this.storeLines = [];
    return entries;
  }

  /** Loads at least the entries with absolute paths. */
  private load(): Entries {
    if (this.entries) return this.entries;
    const entries: Entries = new Map();
    this.entries = entries;
    this.storeLines = this.log.lines().filter((line) => {
      const named = namedAt(line);
      if (line.charCodeAt(named + 1) !== SLASH) return true;
      entries.set(nameIn(line, named), line);
      return false;
    });
    return entries;
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

/** The name of an object is its digest, so its line needs no path. */
function textOf(name: string, stamp: string, digest: Digest): string {
  return `${stamp}\t${digest}\t${name === digest ? '' : name}`;
}

/** The position after the digest in a line. */
function namedAt(line: string): number {
  return line.indexOf('\t', HEAD) + 1 + DIGEST_LENGTH;
}

/** A path may contain tabs. */
function nameIn(line: string, named: number): string {
  return line.slice(named + 1) || line.slice(named - DIGEST_LENGTH, named);
}

function entryOf(line: string): KnownEntry | undefined {
  const text = contentOf(line);
  if (text === undefined) return undefined;
  const stamped = text.indexOf('\t');
  const digest = text.slice(stamped + 1, stamped + 1 + DIGEST_LENGTH) as Digest;
  return { stamp: text.slice(0, stamped), digest };
}

/** A SHA-256 in hexadecimal. */
const DIGEST_LENGTH = 64;
