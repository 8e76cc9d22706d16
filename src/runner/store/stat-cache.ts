/**
 * The digests of files that were read before, by what a stat says of them.
 *
 * A file whose size, times and inode are those of when it was read is not read again, unless it had been
 * changed so shortly before that a further change could hide within the clock's granularity. Lines are
 * only appended, each with a check of its own; what is damaged or torn is forgotten.
 *
 * Files of the store are here too, by names that are no paths: an object by its digest. They are told
 * by whoever wrote or read them (`learn`).
 */
import {
  appendFileSync,
  type BigIntStats,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Digest, digestFile } from '../key/digest.ts';
import { inFolder, temporaryPath, writeDurably } from './durable.ts';
import { signOfLife } from './holder.ts';
import type { Layout } from './layout.ts';
import { unlessRefused } from './short-cut.ts';

/** The coarsest clock of a file system that we know of counts in steps of two seconds (FAT). */
const GRANULARITY_NS = 2_000_000_000n;

/** A file that something else goes on writing to has no content to name. */
const MOST_READINGS = 5;

export class ChangingFile extends Error {}

/** No stat says it. */
const NEVER = 'never';

interface KnownEntry {
  readonly stamp: string;
  readonly digest: Digest;
}

export interface KnownFile {
  readonly digest: Digest;
  readonly size: number;
  readonly executable: boolean;
  /** What a stat said when it was read. */
  readonly stamp: string;
}

export class StatCache {
  private readonly layout: Layout;
  private entries: Map<string, KnownEntry> | undefined;
  private lines = 0;
  private added: string[] = [];
  private skew: bigint | undefined;
  readonly keeps: boolean;

  /** One that doesn't keep what it learns writes nothing. */
  constructor(layout: Layout, keeps = true) {
    this.layout = layout;
    this.keeps = keeps;
  }

  /** Throws where there is no file that can be read, or one that changes all the time. */
  digest(path: string): KnownFile {
    const before = statSync(path, { bigint: true });
    const stamp = stampOf(before);
    const known = this.load().get(path);
    if (known?.stamp === stamp) return knownFile(before, known.digest);
    let stats = before;
    for (let reading = 1; reading <= MOST_READINGS; reading++) {
      const now = this.fileSystemNow();
      const digest = digestFile(path, signOfLife);
      const after = statSync(path, { bigint: true });
      if (stampOf(after) === stampOf(stats)) {
        if (newest(after) < now - GRANULARITY_NS) this.remember(path, stampOf(after), digest);
        return knownFile(after, digest);
      }
      stats = after;
    }
    throw new ChangingFile(`it changed during each of ${MOST_READINGS} attempts to read it`);
  }

  /** Writes what was learnt. That it can't be written costs a reading, and is no failure. */
  save(): void {
    if (this.added.length === 0 || !this.keeps) return;
    if (this.lines > 1000 && this.lines > 4 * this.load().size) {
      this.rewrite();
      return;
    }
    const text = this.added.join('');
    this.added = [];
    const path = this.layout.statCache;
    const append = (): true => {
      appendFileSync(path, `\n${text}`);
      return true;
    };
    // Something else than a file may have its name.
    if (!unlessRefused(() => inFolder(dirname(path), append))) this.rewrite();
  }

  private rewrite(): void {
    const entries = this.load();
    const all = [...entries].map(([name, { stamp, digest }]) => lineOf(name, stamp, digest));
    this.added = [];
    this.lines = entries.size;
    const { statCache, temporary } = this.layout;
    unlessRefused(() => writeDurably(statCache, all.join(''), temporary));
  }

  /** What a file of the store was found to hold, and what a stat said then. */
  get(name: string): KnownEntry | undefined {
    return this.load().get(name);
  }

  /** That a file of the store holds this. It must be on the disk before it is saved. */
  learn(name: string, stamp: string, digest: Digest): void {
    if (!this.keeps) return;
    const known = this.load().get(name);
    if (known?.stamp !== stamp || known.digest !== digest) this.remember(name, stamp, digest);
  }

  /** The file has to be read again at the next use. */
  invalidate(name: string): void {
    const known = this.load().get(name);
    if (known) this.remember(name, NEVER, known.digest);
  }

  /** Files of the store that are gone for good: their lines would stay for ever. */
  drop(names: Iterable<string>): void {
    const entries = this.load();
    let dropped = false;
    for (const name of names) dropped = entries.delete(name) || dropped;
    if (dropped && this.keeps) this.rewrite();
  }

  private remember(path: string, stamp: string, digest: Digest): void {
    this.load().set(path, { stamp, digest });
    this.added.push(lineOf(path, stamp, digest));
    this.lines++;
  }

  private load(): Map<string, KnownEntry> {
    if (this.entries) return this.entries;
    this.entries = new Map();
    for (const line of textOf(this.layout.statCache).split('\n')) {
      const content = line.slice(CHECK_LENGTH + 1);
      if (content === '' || Number.parseInt(line.slice(0, CHECK_LENGTH), 16) !== crc32(content)) {
        continue;
      }
      // A path may hold tabs itself.
      const stamped = content.indexOf('\t');
      const named = stamped + 1 + DIGEST_LENGTH;
      const digest = content.slice(stamped + 1, named) as Digest;
      const name = content.slice(named + 1);
      this.entries.set(name || digest, { stamp: content.slice(0, stamped), digest });
      this.lines++;
    }
    return this.entries;
  }

  /** By the clock that gives files their times: on a shared disk it is another machine's. */
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

/** Compared as a whole: any difference means another file, or one that was changed. */
export function stampOf({ size, mtimeNs, ctimeNs, ino, mode }: BigIntStats): string {
  return `${size}:${mtimeNs}:${ctimeNs}:${ino}:${mode & 0o100n}`;
}

function newest({ mtimeNs, ctimeNs }: BigIntStats): bigint {
  return mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
}

function knownFile(stats: BigIntStats, digest: Digest): KnownFile {
  const executable = (stats.mode & 0o100n) !== 0n;
  return { digest, size: Number(stats.size), executable, stamp: stampOf(stats) };
}

/** An object is named by what it holds: it needs no path. */
function lineOf(name: string, stamp: string, digest: Digest): string {
  const content = `${stamp}\t${digest}\t${name === digest ? '' : name}`;
  return `${crc32(content).toString(16).padStart(CHECK_LENGTH, '0')}\t${content}\n`;
}

/** A CRC-32 and a SHA-256 in hexadecimal. */
const CHECK_LENGTH = 8;
const DIGEST_LENGTH = 64;

/** Nothing where it can't be read: all of it can be learnt again. */
function textOf(path: string): string {
  return unlessRefused(() => readFileSync(path, 'utf8')) ?? '';
}
