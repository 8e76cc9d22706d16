/** Where things lie under the artifacts folder; the only file that knows their paths. */
import { join } from 'node:path';
import type { Digest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';

/** What lies right in the artifacts folder, of ours. Others may put files of their own beside it. */
const OWN_ENTRIES: ReadonlySet<string> = new Set([
  'store',
  'work',
  'checkpoints',
  'latest',
  'runs',
  'backends.json',
]);

export function isOwnEntry(name: string): boolean {
  return OWN_ENTRIES.has(name);
}

export class Layout {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** The folder of those objects whose digests begin so. */
  objectShard(shard: string): string {
    return `${this.root}/store/objects/${shard}`;
  }

  /** Bytes by the digest of their content, read-only. */
  object(digest: Digest): string {
    return `${this.objectShard(digest.slice(0, 2))}/${digest.slice(2)}`;
  }

  /** What a key was found to yield. */
  action(key: StageKey): string {
    return `${this.actionShard(key.slice(0, 2))}/${key.slice(2)}.json`;
  }

  actionShard(shard: string): string {
    return `${this.root}/store/actions/${shard}`;
  }

  /** Empty files, named by the keys of fingerprints that differ in the facts of the machine alone. */
  environmentVariants(digest: Digest): string {
    return join(this.allAlike, digest.slice(0, 2), digest.slice(2));
  }

  get allAlike(): string {
    return join(this.root, 'store', 'alike');
  }

  /** Which outputs the pipeline has, to be kept with it; it lies beside the pipeline. */
  get pipelineLock(): string {
    return join(this.root, '..', 'pipeline.lock');
  }

  get objects(): string {
    return join(this.root, 'store', 'objects');
  }

  get actions(): string {
    return join(this.root, 'store', 'actions');
  }

  /** Files on their way to a name of their own, on the same file system as it. */
  get temporary(): string {
    return join(this.root, 'store', 'tmp');
  }

  /** Objects whose bytes no longer have their name; kept for a look, never used. */
  get corrupt(): string {
    return join(this.root, 'store', 'corrupt');
  }

  lock(key: StageKey): string {
    return join(this.locks, key);
  }

  get locks(): string {
    return join(this.root, 'store', 'locks');
  }

  /** Empty; its time is that of the newest collection of garbage. */
  get collected(): string {
    return join(this.root, 'store', 'collected');
  }

  /** A marker for each run that may commit; see `live-run.ts`. */
  get live(): string {
    return join(this.root, 'store', 'live');
  }

  get gcLock(): string {
    return join(this.root, 'store', 'gc.lock');
  }

  /** What is remembered between runs. To delete it costs time only. */
  get state(): string {
    return join(this.root, 'store', 'state');
  }

  /** What files were found to hold, by what a stat said of them. */
  get fileDigests(): string {
    return join(this.state, 'files');
  }

  /** Which key and outputs each stage had when it was last up to date. */
  get lastResults(): string {
    return join(this.state, 'results');
  }

  /** The last plan, and all that it was made from. */
  get lastPlan(): string {
    return join(this.state, 'plan');
  }

  /** Where earlier versions kept `fileDigests`. */
  get oldFileDigests(): string {
    return join(this.root, 'store', 'stats.tsv');
  }

  /** Where earlier versions kept `lastResults`. */
  get oldLastResults(): string {
    return join(this.root, 'store', 'latest.jsonl');
  }

  /** What earlier versions kept beside these. Nothing reads it any more. */
  get unusedState(): readonly string[] {
    return [join(this.root, 'store', 'idle'), join(this.root, 'store', 'parsed')];
  }

  /** Bundles of the project's own stage types, and what they were made of. */
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

  /** The newest outputs by stage, for people. */
  get latest(): string {
    return join(this.root, 'latest');
  }

  get runs(): string {
    return join(this.root, 'runs');
  }

  run(id: string): string {
    return join(this.runs, id);
  }
}
