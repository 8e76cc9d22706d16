/**
 * The newest key of each stage that was up to date: what a later difference is explained against.
 *
 * A file of lines, only ever appended to by a run (the last line of a stage counts), so that a killed
 * run leaves at worst a torn last line, which is ignored.
 */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Digest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { writeDurably } from './durable.ts';
import type { Layout } from './layout.ts';

export interface LatestEntry {
  readonly stage: string;
  readonly key: StageKey;
  readonly outputs: Readonly<Record<string, Digest>>;
}

export class LatestIndex {
  private readonly layout: Layout;
  /** Whether lines of the past outnumber those that count; the next write drops them. */
  private crowded: boolean;
  /** Made when it is first asked for; entries of this very run are not in it. */
  private byName: Map<string, LatestEntry[]> | undefined;
  private readonly entries = new Map<string, LatestEntry>();

  constructor(layout: Layout) {
    this.layout = layout;
    const lines = readLines(layout.latestIndex);
    for (const line of lines) {
      const entry = parse(line);
      if (entry) this.entries.set(entry.stage, entry);
    }
    this.crowded = lines.length > 1000 && lines.length > 4 * this.entries.size;
  }

  get(stage: string): LatestEntry | undefined {
    return this.entries.get(stage);
  }

  /** The entries of a stage's instances, of those that the pipeline no longer has too. */
  instancesOf(name: string): readonly LatestEntry[] {
    if (!this.byName) {
      this.byName = new Map();
      for (const entry of this.entries.values()) {
        const named = entry.stage.split('[', 1)[0]!;
        const group = this.byName.get(named);
        if (group) group.push(entry);
        else this.byName.set(named, [entry]);
      }
    }
    return this.byName.get(name) ?? [];
  }

  set(entry: LatestEntry): void {
    if (this.entries.get(entry.stage)?.key === entry.key) return;
    this.entries.set(entry.stage, entry);
    if (this.crowded) {
      this.rewrite();
      return;
    }
    mkdirSync(dirname(this.layout.latestIndex), { recursive: true });
    // A line that a killed run left torn must not swallow this one.
    appendFileSync(this.layout.latestIndex, `\n${JSON.stringify(entry)}\n`);
  }

  private rewrite(): void {
    const text = [...this.entries.values()].map((entry) => `${JSON.stringify(entry)}\n`).join('');
    writeDurably(this.layout.latestIndex, text, this.layout.temporary);
    this.crowded = false;
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

function parse(line: string): LatestEntry | undefined {
  try {
    const entry = JSON.parse(line) as LatestEntry;
    return typeof entry.stage === 'string' && typeof entry.key === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}
