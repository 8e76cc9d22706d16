/**
 * The newest result of each stage: what a later difference is explained against, what protects results from a
 * collection of garbage, and what lets a decision read no record.
 *
 * A run only appends; the last line of a stage counts. Without the file all of it is still found, only slower.
 */
import { parseJson } from '../../base/json-text.ts';
import type { SystemError } from '../../base/system-error.ts';
import type { Digest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';
import type { FilesByPort } from '../store/artifact.ts';
import { type FileStamp, fileStampAt } from '../store/file-stamp.ts';
import type { Layout } from '../store/layout.ts';
import { areOutputs } from '../store/tree-path.ts';
import { CheckedLog, contentOf } from './checked-log.ts';

export interface LastResult {
  readonly stage: string;
  readonly key: StageKey;
  readonly outputs: Readonly<Record<string, Digest>>;
  /** The files of each output; left out where they are many. */
  readonly files?: FilesByPort;
  /** How long it took when it was made, where that is known. */
  readonly seconds?: number;
}

/** A line of more would be longer to read than the lists that it stands for. */
const MOST_FILES = 16;

export class LastResults {
  private readonly layout: Layout;
  private readonly log: CheckedLog;
  /** Read when they are first asked for. */
  private entries: Map<string, LastResult> | undefined;
  /** Made when it is first asked for; entries of this very run are not in it. */
  private byName: Map<string, LastResult[]> | undefined;
  private readonly byKey = new Map<StageKey, LastResult>();

  constructor(layout: Layout) {
    this.layout = layout;
    this.log = new CheckedLog(layout.lastResults, layout.temporary, layout.oldLastResults);
  }

  /** Why the file could not be read. A run does without it; a collection of garbage must not. */
  get problem(): SystemError | undefined {
    this.load();
    return this.log.problem;
  }

  get(stage: string): LastResult | undefined {
    return this.load().get(stage);
  }

  /** Of this or of an earlier configuration, and of any stage. */
  ofKey(key: StageKey): LastResult | undefined {
    this.load();
    return this.byKey.get(key);
  }

  all(): Iterable<LastResult> {
    return this.load().values();
  }

  /** The entries of a stage's instances, of those that the pipeline no longer has too. */
  instancesOf(name: string): readonly LastResult[] {
    if (!this.byName) {
      this.byName = new Map();
      for (const entry of this.all()) {
        const named = entry.stage.split('[', 1)[0]!;
        const group = this.byName.get(named);
        if (group) group.push(entry);
        else this.byName.set(named, [entry]);
      }
    }
    return this.byName.get(name) ?? [];
  }

  /** Throws a system error if the disk refuses. The files of the outputs are kept if they are few. */
  set({ stage, key, outputs, seconds, files: all }: LastResult): void {
    const files = all && areFew(all) ? all : undefined;
    const known = this.load().get(stage);
    const news =
      known?.key !== key || !sameOutputs(known.outputs, outputs) || !known.files !== !files;
    if (!news) return;
    const entry: LastResult = {
      stage,
      key,
      outputs,
      ...(files && { files }),
      ...(seconds !== undefined && { seconds }),
    };
    this.note(entry);
    if (this.log.isCrowded(this.load().size)) this.log.rewrite(this.contents());
    else this.log.append([JSON.stringify(entry)], () => this.contents());
  }

  /**
   * What a stat says of the file while it holds what this process knows of it. While it stays the same, no run
   * has made another result the newest of its stage. Undefined if another process may have written meanwhile.
   * Throws a system error if the file of an earlier version can't be written anew.
   */
  stamp(): FileStamp | undefined {
    this.load();
    if (this.log.isOld) this.log.rewrite(this.contents());
    return this.log.stamp();
  }

  /** Whether the file is as it was at this stamp. Reads nothing. */
  isAsAt(stamp: FileStamp): boolean {
    return fileStampAt(this.layout.lastResults) === stamp;
  }

  private *contents(): Iterable<string> {
    for (const entry of this.all()) yield JSON.stringify(entry);
  }

  private load(): Map<string, LastResult> {
    if (this.entries) return this.entries;
    this.entries = new Map();
    for (const line of this.log.lines()) {
      const entry = entryOf(line);
      if (entry) this.note(entry);
    }
    return this.entries;
  }

  /** The newest comes last, also when it is written anew: of one key the last line counts. */
  private note(entry: LastResult): void {
    const { stage, key, outputs, files } = entry;
    const entries = this.load();
    entries.delete(stage);
    entries.set(stage, entry);
    if (files) this.byKey.set(key, entry);
    // A forced run made other bytes: those of before are no longer what the key yields.
    else if (!sameOutputs(this.byKey.get(key)?.outputs ?? outputs, outputs)) this.byKey.delete(key);
  }
}

export function sameOutputs(a: LastResult['outputs'], b: LastResult['outputs']): boolean {
  const ports = Object.keys(a);
  return ports.length === Object.keys(b).length && ports.every((port) => a[port] === b[port]);
}

function areFew(files: FilesByPort): boolean {
  return Object.values(files).reduce((sum, some) => sum + some.length, 0) <= MOST_FILES;
}

function entryOf(line: string): LastResult | undefined {
  const content = contentOf(line);
  const entry = content === undefined ? undefined : (parseJson(content) as LastResult | undefined);
  const whole = typeof entry?.stage === 'string' && typeof entry.key === 'string';
  return whole && areOutputs(entry.outputs) ? entry : undefined;
}
