/**
 * The newest key of each stage that was up to date: what a later difference is explained against, and
 * what lets a run with nothing to do look at no record.
 *
 * A file of lines, only ever appended to by a run (the last line of a stage counts), each with a check of
 * its own: what a killed run left torn, or a disk damaged, reads as absent. It is a short cut: without
 * it everything is still found, only slower.
 */

import { appendFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { parseJson } from '../../base/json-text.ts';
import { readBytes } from '../../base/read-file.ts';
import { stageOfInstance } from '../../base/stage-name.ts';
import { hasCode, isSystemError, type SystemError } from '../../base/system-error.ts';
import { type Digest, digestOf, digestOfPieces } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';
import type { FilesByPort } from './artifact.ts';
import { inFolder, writeDurably } from './durable.ts';
import type { Layout } from './layout.ts';
import { areOutputs } from './tree-path.ts';

export interface LatestEntry {
  readonly stage: string;
  readonly key: StageKey;
  readonly outputs: Readonly<Record<string, Digest>>;
  /** The files of each output; left out where they are many. */
  readonly files?: FilesByPort;
  /** How long it took when it was made, where that is known. */
  readonly seconds?: number;
}

/** The file up to a point. */
export interface IndexExtent {
  readonly digest: Digest;
  readonly bytes: number;
}

/** A line of more would be longer to read than the lists that it stands for. */
const MOST_FILES = 16;

export class LatestIndex {
  private readonly layout: Layout;
  /** Whether lines of the past outnumber those that count; the next write drops them. */
  private crowded: boolean;
  /** Made when it is first asked for; entries of this very run are not in it. */
  private byName: Map<string, LatestEntry[]> | undefined;
  private readonly entries = new Map<string, LatestEntry>();
  private readonly byKey = new Map<StageKey, LatestEntry>();
  /** Why the file could not be read, where it could not. A run does without it; others may not. */
  problem: SystemError | undefined;
  /** What the file holds by what this process knows: as it was read, and what was added. */
  private readonly pieces: (Uint8Array | string)[];

  constructor(layout: Layout) {
    this.layout = layout;
    const bytes = readLatestIndex(layout, (problem) => {
      this.problem = problem;
    });
    this.pieces = [bytes];
    const lines = bytes.toString().split('\n').filter(Boolean);
    for (const line of lines) {
      const entry = parse(line);
      if (!entry) continue;
      this.note(entry);
    }
    this.crowded = lines.length > 1000 && lines.length > 4 * this.entries.size;
  }

  get(stage: string): LatestEntry | undefined {
    return this.entries.get(stage);
  }

  /** Of this or of an earlier configuration, and of whichever stage. */
  ofKey(key: StageKey): LatestEntry | undefined {
    return this.byKey.get(key);
  }

  /** The file as it is, unless another process has written to it meanwhile. */
  extent(): IndexExtent {
    const bytes = this.pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
    return { digest: digestOfPieces(this.pieces), bytes };
  }

  all(): Iterable<LatestEntry> {
    return this.entries.values();
  }

  /** The entries of a stage's instances, of those that the pipeline no longer has too. */
  instancesOf(name: string): readonly LatestEntry[] {
    if (!this.byName) {
      this.byName = new Map();
      for (const entry of this.entries.values()) {
        const named = stageOfInstance(entry.stage);
        const group = this.byName.get(named);
        if (group) group.push(entry);
        else this.byName.set(named, [entry]);
      }
    }
    return this.byName.get(name) ?? [];
  }

  /** The files of the outputs are noted where they are given and are few. */
  set({ stage, key, outputs, seconds, files: all }: LatestEntry): void {
    const files = all && areFew(all) ? all : undefined;
    const known = this.entries.get(stage);
    const news =
      known?.key !== key || !sameOutputs(known.outputs, outputs) || !known.files !== !files;
    if (!news) return;
    const entry: LatestEntry = {
      stage,
      key,
      outputs,
      ...(files && { files }),
      ...(seconds !== undefined && { seconds }),
    };
    this.note(entry);
    if (this.crowded) {
      this.rewrite();
      return;
    }
    // A line that a killed run left torn must not swallow this one.
    const line = `\n${lineOf(entry)}\n`;
    const path = this.layout.latestIndex;
    try {
      inFolder(dirname(path), () => appendFileSync(path, line));
    } catch (problem) {
      if (!hasCode(problem, 'EISDIR')) throw problem;
      this.rewrite();
      return;
    }
    this.pieces.push(line);
  }

  /** The newest comes last, also when it is written anew: of one key the last line counts. */
  private note(entry: LatestEntry): void {
    const { stage, key, outputs, files } = entry;
    this.entries.delete(stage);
    this.entries.set(stage, entry);
    if (files) this.byKey.set(key, entry);
    // A forced run made other bytes: those of before are no longer what the key yields.
    else if (!sameOutputs(this.byKey.get(key)?.outputs ?? outputs, outputs)) this.byKey.delete(key);
  }

  /** A line that another run appends meanwhile is lost, and with it a short cut. */
  private rewrite(): void {
    const text = [...this.entries.values()].map((entry) => `${lineOf(entry)}\n`).join('');
    writeDurably(this.layout.latestIndex, text, this.layout.temporary);
    this.pieces.splice(0, this.pieces.length, text);
    this.crowded = false;
  }
}

export function sameOutputs(a: LatestEntry['outputs'], b: LatestEntry['outputs']): boolean {
  const ports = Object.keys(a);
  return ports.length === Object.keys(b).length && ports.every((port) => a[port] === b[port]);
}

function areFew(files: FilesByPort): boolean {
  return Object.values(files).reduce((sum, some) => sum + some.length, 0) <= MOST_FILES;
}

/** The stages that it tells of after that point; undefined where it was another before. */
export function stagesAfter({ digest, bytes }: IndexExtent, layout: Layout): string[] | undefined {
  const all = readLatestIndex(layout);
  if (all.length < bytes || digestOf(all.subarray(0, bytes)) !== digest) return undefined;
  const lines = all.toString('utf8', bytes).split('\n').filter(Boolean);
  return lines.flatMap((line) => parse(line)?.stage ?? []);
}

/** Nothing where it is not there, where a folder has its name, or where it can't be read. */
function readLatestIndex(
  { latestIndex }: Layout,
  onProblem?: (problem: SystemError) => void,
): Buffer {
  try {
    return readBytes(latestIndex);
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    if (!hasCode(problem, 'ENOENT', 'ENOTDIR', 'EISDIR')) onProblem?.(problem);
    return Buffer.alloc(0);
  }
}

function lineOf(entry: LatestEntry): string {
  const text = JSON.stringify(entry);
  return `${checkOf(text)} ${text}`;
}

function parse(line: string): LatestEntry | undefined {
  const text = line.slice(9);
  // Lines of earlier versions have no check, and begin with their text.
  const plain = line.startsWith('{');
  if (!plain && line.slice(0, 8) !== checkOf(text)) return undefined;
  const entry = parseJson(plain ? line : text) as LatestEntry | undefined;
  const whole = typeof entry?.stage === 'string' && typeof entry.key === 'string';
  return whole && areOutputs(entry.outputs) ? entry : undefined;
}

function checkOf(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
