/**
 * The digests of files that were read before, by what a stat says of them.
 *
 * A file whose size, times and inode are those of when it was read is not read again, unless it had been
 * changed so shortly before that a further change could hide within the clock's granularity. Lines are
 * only appended, each with a check of its own; what is damaged or torn is forgotten.
 */
import {
  appendFileSync,
  type BigIntStats,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type Digest, digestFile, digestOf } from '../key/digest.ts';
import { temporaryPath, writeDurably } from './durable.ts';
import { signOfLife } from './holder.ts';
import type { Layout } from './layout.ts';

/** The coarsest clock of a file system that we know of counts in steps of two seconds (FAT). */
const GRANULARITY_NS = 2_000_000_000n;

/** A file that something else goes on writing to has no content to name. */
const MOST_READINGS = 5;

export class ChangingFile extends Error {}

export interface KnownFile {
  readonly digest: Digest;
  readonly size: number;
  readonly executable: boolean;
  /** What a stat said when it was read. */
  readonly stamp: string;
}

export class StatCache {
  private readonly layout: Layout;
  private entries: Map<string, { stamp: string; digest: Digest }> | undefined;
  private lines = 0;
  private added: string[] = [];
  private skew: bigint | undefined;
  private readonly keeps: boolean;

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
    throw new ChangingFile(`it changed each of ${MOST_READINGS} times that it was read`);
  }

  /** Writes what was learnt. That it can't be written costs a reading, and is no failure. */
  save(): void {
    if (this.added.length === 0 || !this.keeps) return;
    const text = this.added.join('');
    this.added = [];
    try {
      const path = this.layout.statCache;
      const entries = this.load();
      if (this.lines > 1000 && this.lines > 4 * entries.size) {
        const all = [...entries].map(([file, { stamp, digest }]) => lineOf(file, stamp, digest));
        writeDurably(path, all.join(''), this.layout.temporary);
        this.lines = entries.size;
        return;
      }
      mkdirSync(dirname(path), { recursive: true });
      appendFileSync(path, `\n${text}`);
    } catch {
      // A full disk is told by what needs it more.
    }
  }

  private remember(path: string, stamp: string, digest: Digest): void {
    this.load().set(path, { stamp, digest });
    this.added.push(lineOf(path, stamp, digest));
    this.lines++;
  }

  private load(): Map<string, { stamp: string; digest: Digest }> {
    if (this.entries) return this.entries;
    this.entries = new Map();
    for (const line of textOf(this.layout.statCache).split('\n')) {
      const [check, stamp, digest, path] = line.split('\t');
      if (path === undefined || lineCheck(path, stamp!, digest as Digest) !== check) continue;
      this.entries.set(path, { stamp: stamp!, digest: digest as Digest });
      this.lines++;
    }
    return this.entries;
  }

  /** By the clock that gives files their times: on a shared disk it is another machine's. */
  private fileSystemNow(): bigint {
    const here = BigInt(Date.now()) * 1_000_000n;
    if (!this.keeps) return here;
    if (this.skew === undefined) {
      try {
        const probe = temporaryPath(this.layout.temporary);
        writeFileSync(probe, '');
        this.skew = statSync(probe, { bigint: true }).mtimeNs - here;
        rmSync(probe);
      } catch {
        this.skew = 0n;
      }
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

function lineOf(path: string, stamp: string, digest: Digest): string {
  return `${lineCheck(path, stamp, digest)}\t${stamp}\t${digest}\t${path}\n`;
}

function lineCheck(path: string, stamp: string, digest: Digest): string {
  return digestOf(`${path}\t${stamp}\t${digest}`).slice(0, 16);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
