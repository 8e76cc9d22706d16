/**
 * The newest result of each stage of an edition. It is used to explain later differences, to protect results from
 * garbage collection, and to decide without reading a record.
 *
 * A stage that is new in this edition is compared with the newest result of the same pipeline without configurations.
 *
 * A run only appends, and the last line of a stage counts. Without the file, everything is still
 * found, but more slowly.
 */
import { addTo } from '../../base/add-to.ts';
import { parseJson } from '../../base/json-text.ts';
import { stageOfInstance } from '../../base/stage-name.ts';
import type { SystemError } from '../../base/system-error.ts';
import type { Digest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { type FileStamp, fileStampAt } from '../store/file-stamp.ts';
import type { Layout } from '../store/layout.ts';
import type { ShownFile } from '../store/shown-files.ts';
import { areOutputs } from '../store/tree-path.ts';
import { CheckedLog, contentOf } from './checked-log.ts';

export interface LastResult {
  readonly stage: string;
  readonly key: StageKey;
  readonly outputs: Readonly<Record<string, Digest>>;
  /** The files that are shown. Left out if there are many. */
  readonly shown?: readonly ShownFile[];
  /** How long the stage took, if known. */
  readonly seconds?: number;
}

/** With more files, a line would take longer to read than the manifests. */
const MOST_FILES = 16;

export class LastResults {
  private readonly layout: Layout;
  private readonly log: CheckedLog;
  /** Read on demand. */
  private entries: Map<string, LastResult> | undefined;
  /** Computed on demand. Does not contain entries of this run. */
  private byName: Map<string, LastResult[]> | undefined;
  private readonly byKey = new Map<StageKey, LastResult>();
  private readonly plain: LastResults | undefined;

  constructor(layout: Layout) {
    this.layout = layout;
    this.plain = layout.plain && new LastResults(layout.plain);
    this.log = new CheckedLog(layout.lastResults, layout.temporary, layout.oldLastResults);
  }

  /** Why the file could not be read. A run continues without it. A garbage collection must not. */
  get problem(): SystemError | undefined {
    this.load();
    return this.log.problem;
  }

  get(stage: string): LastResult | undefined {
    return this.load().get(stage);
  }

  /** To compare the stage with. It is of another configuration if this edition has none. */
  earlier(stage: string): LastResult | undefined {
    return this.get(stage) ?? this.plain?.get(stage);
  }

  /** The result may belong to any stage and any configuration. */
  ofKey(key: StageKey): LastResult | undefined {
    this.load();
    return this.byKey.get(key) ?? this.plain?.ofKey(key);
  }

  all(): Iterable<LastResult> {
    return this.load().values();
  }

  /** All of this edition; if it has none, all that its stages are compared with. The newest is last. */
  allEarlier(): readonly LastResult[] {
    const own = [...this.all()];
    return own.length > 0 ? own : (this.plain?.allEarlier() ?? []);
  }

  /** The entries of all instances of a stage, including those that the pipeline no longer has. */
  instancesOf(name: string): readonly LastResult[] {
    if (!this.byName) {
      this.byName = new Map();
      for (const entry of this.all()) {
        const named = stageOfInstance(entry.stage);
        addTo(this.byName, named, entry);
      }
    }
    return this.byName.get(name) ?? this.plain?.instancesOf(name) ?? [];
  }

  /** Throws a system error if the disk refuses. The files of the outputs are kept if they are few. */
  set({ stage, key, outputs, seconds, shown: all }: LastResult): void {
    const shown = all && all.length <= MOST_FILES ? all : undefined;
    const known = this.load().get(stage);
    const news =
      known?.key !== key || !sameOutputs(known.outputs, outputs) || !known.shown !== !shown;
    if (!news) return;
    const entry: LastResult = {
      stage,
      key,
      outputs,
      ...(shown && { shown }),
      ...(seconds !== undefined && { seconds }),
    };
    this.note(entry);
    if (this.log.isMostlyOutdated(this.load().size)) this.log.rewrite(this.contents());
    else this.log.append([JSON.stringify(entry)], () => this.contents());
  }

  /**
   * The next run shows the results of all instances of these stages again. Throws a system error if
   * the disk refuses.
   */
  forgetShown(stages: ReadonlySet<string>): void {
    for (const { shown, ...entry } of [...this.all()]) {
      if (shown && stages.has(stageOfInstance(entry.stage))) this.set(entry);
    }
  }

  /**
   * The stamp of the file while it contains what this process knows. While the stamp stays the
   * same, no run has recorded a newer result. Undefined if another process may have written
   * meanwhile. Throws a system error if the file of an earlier version can't be rewritten.
   */
  stamp(): FileStamp | undefined {
    this.load();
    if (this.log.isOld) this.log.rewrite(this.contents());
    return this.log.stamp();
  }

  /** Whether the file still has this stamp. Does not read the file. */
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

  /**
   * The newest entry is moved to the end, because the last line of a key counts when the file is
   * rewritten.
   */
  private note(entry: LastResult): void {
    const { stage, key, outputs, shown } = entry;
    const entries = this.load();
    entries.delete(stage);
    entries.set(stage, entry);
    if (shown) this.byKey.set(key, entry);
    // A forced run made other bytes, so earlier entries of this key no longer match its record.
    else if (!sameOutputs(this.byKey.get(key)?.outputs ?? outputs, outputs)) this.byKey.delete(key);
  }
}

export function sameOutputs(a: LastResult['outputs'], b: LastResult['outputs']): boolean {
  const ports = Object.keys(a);
  return ports.length === Object.keys(b).length && ports.every((port) => a[port] === b[port]);
}

function entryOf(line: string): LastResult | undefined {
  const content = contentOf(line);
  const entry = content === undefined ? undefined : (parseJson(content) as LastResult | undefined);
  const whole = typeof entry?.stage === 'string' && typeof entry.key === 'string';
  return whole && areOutputs(entry.outputs) ? entry : undefined;
}
