/** The paths of everything in the artifacts folder. No other file knows these paths. */
import { basename, isAbsolute, join, relative } from 'node:path';
import type { Digest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';

/**
 * The names in the artifacts folder that belong to the program. Users may put other files next to
 * them.
 */
const OWN_ENTRIES: ReadonlySet<string> = new Set([
  'store',
  'work',
  'checkpoints',
  'latest',
  'runs',
  'backends.json',
]);

export function isOwnEntry(name: string): boolean {
  return OWN_ENTRIES.has(name) || name.startsWith(EDITION);
}

/** The beginning of the names of the folders like `latest/` of other editions. */
const EDITION = 'latest-';

/** Whether a file in `state/` may belong to another edition than the main one. */
export function isStateOfEdition(name: string): boolean {
  return /^(?:results|plan)-/.test(name);
}

/**
 * An edition is a pipeline file with its configurations. Each one has its own newest results, so that it does not
 * replace those of another one. Everything else is shared.
 */
export class Layout {
  readonly root: string;
  /** With the hyphen before it. Empty for `pipeline.yaml` without a configuration on the command line. */
  private readonly edition: string;
  /** The edition of the same pipeline file without configurations; undefined if this is it. */
  readonly plain: Layout | undefined;

  constructor(root: string, edition = '', plain?: Layout) {
    this.root = root;
    this.edition = edition === '' ? '' : `-${edition}`;
    this.plain = plain;
  }

  ofEdition(name: string, plain?: Layout): Layout {
    return name === '' ? this : new Layout(this.root, name, plain);
  }

  /** Undefined if a folder of this name in the artifacts folder does not belong to an edition. */
  ofFolder(name: string): Layout | undefined {
    if (name === basename(this.latest)) return this;
    return name.startsWith(EDITION) ? this.ofEdition(name.slice(EDITION.length)) : undefined;
  }

  /**
   * With paths relative to the current folder, if that contains the artifacts folder. They are
   * valid until the current folder changes. The kernel looks up fewer folders per path, which makes
   * a stat shorter by a tenth.
   */
  fromHere(): Layout {
    const root = relative('', this.root);
    const isInside = root !== '' && !root.startsWith('..') && !isAbsolute(root);
    return isInside ? new Layout(root, this.edition.slice(1), this.plain) : this;
  }

  /** The folder of the objects whose digests begin with these characters. */
  objectShard(shard: string): string {
    return `${this.root}/store/objects/${shard}`;
  }

  /** Read-only bytes, named by the digest of their content. */
  object(digest: Digest): string {
    return `${this.objectShard(digest.slice(0, 2))}/${digest.slice(2)}`;
  }

  /** The record of a key. */
  action(key: StageKey): string {
    return `${this.actionShard(key.slice(0, 2))}/${key.slice(2)}.json`;
  }

  actionShard(shard: string): string {
    return `${this.root}/store/actions/${shard}`;
  }

  /**
   * Empty files, named by the keys of fingerprints that differ only in the facts of the machine.
   */
  environmentVariants(digest: Digest): string {
    return join(this.allEnvironmentVariants, digest.slice(0, 2), digest.slice(2));
  }

  get allEnvironmentVariants(): string {
    return join(this.root, 'store', 'alike');
  }

  /** The outputs of the pipeline, to be committed with it. It is next to the pipeline. */
  get pipelineLock(): string {
    return join(this.root, '..', 'pipeline.lock');
  }

  get objects(): string {
    return join(this.root, 'store', 'objects');
  }

  get actions(): string {
    return join(this.root, 'store', 'actions');
  }

  /** Files that do not have their final name yet. On the same file system as the store. */
  get temporary(): string {
    return join(this.root, 'store', 'tmp');
  }

  /** Objects whose bytes do not match their name. Kept for inspection and never used. */
  get corrupt(): string {
    return join(this.root, 'store', 'corrupt');
  }

  lock(key: StageKey): string {
    return join(this.locks, key);
  }

  get locks(): string {
    return join(this.root, 'store', 'locks');
  }

  /** An empty file. Its time is that of the newest garbage collection. */
  get collected(): string {
    return join(this.root, 'store', 'collected');
  }

  /** Orders that were sent to a cluster, by run. */
  get orders(): string {
    return join(this.root, 'store', 'orders');
  }

  /** A marker for each run that may commit; see `live-run.ts`. */
  get live(): string {
    return join(this.root, 'store', 'live');
  }

  get gcLock(): string {
    return join(this.root, 'store', 'gc.lock');
  }

  /** What is remembered between runs. Deleting it costs time only. */
  get state(): string {
    return join(this.root, 'store', 'state');
  }

  /** Digests and stamps of files of the project that were read. */
  get fileDigests(): string {
    return join(this.state, 'files');
  }

  /** The same for files of the store. */
  storeDigests(shard: string): string {
    return join(this.state, 'digests', shard);
  }

  /** The key and outputs of each stage when it was last up to date. */
  get lastResults(): string {
    return join(this.state, `results${this.edition}`);
  }

  /** The last plan, and everything that it was made from. */
  get lastPlan(): string {
    return join(this.state, `plan${this.edition}`);
  }

  get stateOfEdition(): readonly string[] {
    return [this.lastResults, this.lastPlan];
  }

  /** The columns that a person chose for the table of experiments. */
  get chosenColumns(): string {
    return join(this.state, 'columns');
  }

  /** Where earlier versions kept `fileDigests`. */
  get oldFileDigests(): string {
    return join(this.root, 'store', 'stats.tsv');
  }

  /** Where earlier versions kept `lastResults`. */
  get oldLastResults(): string | undefined {
    return this.edition === '' ? join(this.root, 'store', 'latest.jsonl') : undefined;
  }

  /** Other files that earlier versions kept. They are no longer read. */
  get unusedState(): readonly string[] {
    return [join(this.root, 'store', 'idle'), join(this.root, 'store', 'parsed')];
  }

  /** Bundles of the stage types of the project, and the sources that they were made from. */
  stageModule(name: string): string {
    return join(this.stageModules, name);
  }

  get stageModules(): string {
    return join(this.root, 'store', 'modules');
  }

  checkpoints(key: StageKey): string {
    return join(this.allCheckpoints, key);
  }

  get allCheckpoints(): string {
    return join(this.root, 'checkpoints');
  }

  get workspaces(): string {
    return join(this.root, 'work');
  }

  /** Which native backends start on this machine. Deleting it costs time only. */
  get backends(): string {
    return join(this.root, 'backends.json');
  }

  /** The newest outputs of this edition by stage, for people. */
  get latest(): string {
    return `${this.root}/latest${this.edition}`;
  }

  get runs(): string {
    return join(this.root, 'runs');
  }

  run(id: string): string {
    return join(this.runs, id);
  }
}
