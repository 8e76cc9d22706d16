/**
 * Finds the results behind a digest: the key of a result, an output, an input, or a file of one of them. Tables and
 * pages show the beginnings of such digests.
 */
import { type Digest, isDigest } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { ActionCache, type ActionRecord } from '../store/action-cache.ts';
import { type ArtifactFile, readArtifact } from '../store/artifact.ts';
import { type StoredFile, storedObjects, storedRecords } from '../store/inventory.ts';
import type { Layout } from '../store/layout.ts';
import { ObjectStore } from '../store/object-store.ts';

export interface Evidence {
  readonly record: ActionRecord;
  /** What the digest is to the result. A file belongs to an output. */
  readonly is: 'key' | 'output' | 'file' | 'input';
  /** The name of the output or of the input. */
  readonly port?: string;
  readonly file?: ArtifactFile;
}

export interface Found {
  readonly digest: string;
  readonly evidence: readonly Evidence[];
}

const LEAST = 7;

/** Shorter texts are more likely to be names of stages. */
export function mayBeDigest(text: string): boolean {
  return text.length >= LEAST && isDigest(text.padEnd(64, '0'));
}

/**
 * One entry per stored digest with this beginning. An object does not know its results, so all records are read if the
 * digest is that of an object. Throws if the store can't be read.
 */
export function findEvidence(layout: Layout, beginning: string): readonly Found[] {
  const starts = ({ name }: StoredFile<Digest>): boolean => name.startsWith(beginning);
  const keys = [...storedRecords(layout)].filter(starts).map(({ name }) => name);
  const objects = new Set([...storedObjects(layout)].filter(starts).map(({ name }) => name));
  const found = new Map<Digest, Evidence[]>([...keys, ...objects].map((name) => [name, []]));
  const store = new ObjectStore(layout);
  const actions = new ActionCache(layout);
  for (const key of objects.size > 0 ? allKeys(layout) : keys) {
    const record = actions.get(key);
    if (!record) continue;
    for (const [digest, one] of evidenceIn(record, objects, store)) found.get(digest)?.push(one);
  }
  return [...found].map(([digest, evidence]) => {
    return { digest, evidence: evidence.sort(inOrder) };
  });
}

/** Output -> the stage that made it last. */
export function makersOf(layout: Layout): ReadonlyMap<Digest, string> {
  const actions = new ActionCache(layout);
  const makers = new Map<Digest, ActionRecord['provenance']>();
  for (const key of allKeys(layout)) {
    const { outputs, provenance } = actions.get(key) ?? {};
    for (const digest of Object.values(outputs ?? {})) {
      const other = makers.get(digest);
      if (!other || other.finished < provenance!.finished) makers.set(digest, provenance!);
    }
  }
  return new Map([...makers].map(([digest, { stage }]) => [digest, stage]));
}

/**
 * The results that made it, then those that had it as an input. In each group the newest is first, because older ones may
 * be of other code.
 */
function inOrder(a: Evidence, b: Evidence): number {
  const inputs = Number(a.is === 'input') - Number(b.is === 'input');
  if (inputs !== 0) return inputs;
  const [one, other] = [a.record.provenance, b.record.provenance];
  if (one.finished !== other.finished) return one.finished > other.finished ? -1 : 1;
  return one.stage < other.stage ? -1 : 1;
}

function allKeys(layout: Layout): readonly StageKey[] {
  return [...storedRecords(layout)].map(({ name }) => name);
}

/** The key of the record, and those of the objects that it names. */
function* evidenceIn(
  record: ActionRecord,
  objects: ReadonlySet<Digest>,
  store: ObjectStore,
): Generator<readonly [Digest, Evidence]> {
  yield [record.key, { record, is: 'key' }];
  if (objects.size === 0) return;
  for (const [port, digest] of Object.entries(record.outputs)) {
    yield [digest, { record, is: 'output', port }];
    for (const file of readArtifact(digest, store)?.files ?? []) {
      if (objects.has(file.digest)) yield [file.digest, { record, is: 'file', port, file }];
    }
  }
  for (const [port, digests] of Object.entries(record.fingerprint.inputs)) {
    for (const digest of digests) yield [digest, { record, is: 'input', port }];
  }
}
