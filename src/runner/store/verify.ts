/**
 * Reads the whole store again. Each object is compared with its name, and each record with its own
 * digest and its key. All files that a record names must exist. The files under `latest/` are
 * compared with the results.
 *
 * Damaged files are moved aside. They are then missing, so the next run makes them again. A run may
 * be live: files that appear or disappear meanwhile are not damage.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { readBytes } from '../../base/read-file.ts';
import { isAbsent, isSystemError, unlessRefused } from '../../base/system-error.ts';
import { type Digest, digestOf } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { ActionCache, type ActionRecord, hasKey } from './action-cache.ts';
import { readArtifact } from './artifact.ts';
import { editionsIn } from './editions.ts';
import { type StoredFile, storedObjects, storedRecords } from './inventory.ts';
import type { Layout } from './layout.ts';
import { ObjectStore } from './object-store.ts';
import { quarantine } from './quarantine.ts';
import { type DamagedCopy, damagedCopies, type LatestWatch } from './verify-latest.ts';

export type Finding =
  | {
      readonly type: 'damaged-object';
      readonly digest: Digest;
      readonly bytes: number;
      readonly why: string;
      readonly moved: boolean;
    }
  | {
      readonly type: 'damaged-record';
      readonly key: StageKey;
      /** If it is known from other files. */
      readonly stage?: string;
      readonly why: string;
      readonly moved: boolean;
    }
  /** The system did not allow it to be read. It may be undamaged, and is left as it is. */
  | { readonly type: 'unreadable'; readonly path: string; readonly why: string }
  /** A file under `latest/` whose bytes are not those that a run wrote. */
  | DamagedCopy
  /** A record of a newer program, left as it is. */
  | { readonly type: 'unknown-record'; readonly key: StageKey }
  /** An incomplete result: something that it names is damaged or missing. */
  | {
      readonly type: 'missing-file';
      readonly stage: string;
      readonly key: StageKey;
      readonly port: string;
      /** Undefined if the manifest itself is missing. */
      readonly file?: string;
      readonly digest: Digest;
    };

export interface Verification {
  readonly objects: number;
  readonly records: number;
  readonly bytes: number;
  readonly findings: readonly Finding[];
  /** Stages with an incomplete result according to the records, sorted. */
  readonly rerun: readonly string[];
  readonly interrupted: boolean;
}

export interface Watch extends Pick<LatestWatch, 'signal'> {
  /** See `LatestWatch`. */
  readonly onUnknown: (stage: string, edition: Layout) => void;
  readonly onProgress: (bytesDone: number, bytesInAll: number) => void;
  /** The stage whose result a key was, for records that can't be read. */
  readonly stageOf: (key: StageKey) => string | undefined;
}

export async function verifyStore(layout: Layout, watch: Watch): Promise<Verification> {
  const found: Finding[] = [];
  const onUnreadable = (problem: unknown, path: string): void => {
    if (!isSystemError(problem)) throw problem;
    found.push({ type: 'unreadable', path, why: problem.message });
  };
  const objects = [...storedObjects(layout, onUnreadable)];
  const inAll = objects.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  let count = 0;
  for (const object of objects) {
    if (watch.signal.aborted) break;
    const finding = await verifyObject(object, layout, (read) => {
      bytes += read;
      watch.onProgress(bytes, inAll);
    });
    if (finding) found.push(finding);
    count++;
    // Lets key presses and signals be handled between files. Large files are read asynchronously
    // anyway.
    if (count % 100 === 0) await setImmediate();
  }
  let records = 0;
  const store = new ObjectStore(layout);
  const actions = new ActionCache(layout);
  for (const { name, path } of storedRecords(layout, onUnreadable)) {
    if (watch.signal.aborted) break;
    found.push(...verifyRecord(name, path, layout, { store, actions }, watch));
    if (++records % 100 === 0) await setImmediate();
  }
  for (const edition of editionsIn(layout, onUnreadable)) {
    const onUnknown = (stage: string): void => watch.onUnknown(stage, edition);
    found.push(...(await damagedCopies(edition, store, { ...watch, onUnreadable, onUnknown })));
  }
  const rerun = new Set(found.flatMap((one) => ('stage' in one && one.stage ? [one.stage] : [])));
  return {
    objects: count,
    records,
    bytes,
    findings: found,
    rerun: [...rerun].sort(),
    interrupted: watch.signal.aborted,
  };
}

async function verifyObject(
  { name: digest, path, size }: StoredFile<Digest>,
  layout: Layout,
  onRead: (bytes: number) => void,
): Promise<Finding | undefined> {
  const damaged = { type: 'damaged-object', digest, bytes: size } as const;
  try {
    if ((await digestOfObject(path, size, onRead)) === digest) return undefined;
    // Read again, because it may have been replaced meanwhile. This also moves it aside.
    const store = new ObjectStore(layout);
    if (store.verify(digest)) return undefined;
    return { ...damaged, why: 'its bytes do not match its name', moved: !store.has(digest) };
  } catch (problem) {
    if (isAbsent(problem)) return undefined;
    if (!isSystemError(problem)) throw problem;
    return { type: 'unreadable', path, why: problem.message };
  }
}

const PIECE = 4 << 20;

/** For a large file, the next piece is read while the previous one is hashed. */
async function digestOfObject(
  path: string,
  size: number,
  onRead: (bytes: number) => void,
): Promise<Digest> {
  if (size <= PIECE) {
    const content = readBytes(path);
    onRead(content.length);
    return digestOf(content);
  }
  const hash = createHash('sha256');
  const file = await open(path, 'r');
  try {
    let [piece, other] = [Buffer.allocUnsafe(PIECE), Buffer.allocUnsafe(PIECE)];
    for (let next = file.read(piece, 0, PIECE); ; ) {
      const { bytesRead } = await next;
      if (bytesRead === 0) return hash.digest('hex') as Digest;
      next = file.read(other, 0, PIECE);
      hash.update(piece.subarray(0, bytesRead));
      onRead(bytesRead);
      [piece, other] = [other, piece];
    }
  } finally {
    await file.close();
  }
}

function verifyRecord(
  key: StageKey,
  path: string,
  layout: Layout,
  { store, actions }: { readonly store: ObjectStore; readonly actions: ActionCache },
  { stageOf }: Watch,
): readonly Finding[] {
  const stored = actions.look(key);
  const damaged = (why: string): readonly Finding[] => {
    const moved = quarantine(path, `${key}.json`, layout);
    const stage = stageOf(key);
    return [{ type: 'damaged-record', key, ...(stage !== undefined && { stage }), why, moved }];
  };
  switch (stored.kind) {
    case 'missing':
      return [];
    case 'newer':
      return [{ type: 'unknown-record', key }];
    case 'unreadable':
      return [{ type: 'unreadable', path, why: stored.problem.message }];
    case 'damaged':
      return damaged(stored.why);
    case 'whole': {
      if (!hasKey(stored.record, key)) return damaged('its fingerprint does not match its key');
      // An unreadable manifest is an unreadable object, which is reported separately.
      const found = unlessRefused(() => {
        const unusable = unusableLists(stored.record, layout, store);
        const missing = missingFiles(stored.record, store);
        // It may have been replaced or collected since the first look.
        const again = missing.length > 0 ? actions.get(key) : undefined;
        return [...unusable, ...(again ? missingFiles(again, store) : [])];
      });
      return found ?? [];
    }
  }
}

/**
 * Manifests whose bytes are right but that can't be used, for example with a path out of their
 * folder.
 */
function unusableLists(
  { outputs }: ActionRecord,
  layout: Layout,
  store: ObjectStore,
): readonly Finding[] {
  return Object.values(outputs).flatMap((digest): readonly Finding[] => {
    const bytes = store.readBytes(digest)?.length;
    if (bytes === undefined || readArtifact(digest, store)) return [];
    const moved = quarantine(layout.object(digest), digest, layout);
    const why =
      'it is not a valid list of files: a path is outside its folder or occurs twice, or it has another format';
    return [{ type: 'damaged-object', digest, bytes, why, moved }];
  });
}

function missingFiles(record: ActionRecord, store: ObjectStore): readonly Finding[] {
  const { key, provenance, outputs } = record;
  const about = { type: 'missing-file', stage: provenance.stage, key } as const;
  return Object.entries(outputs).flatMap(([port, digest]): readonly Finding[] => {
    const artifact = readArtifact(digest, store);
    if (!artifact) return [{ ...about, port, digest }];
    return artifact.files
      .filter((file) => !store.has(file.digest, file.size))
      .map((file) => ({ ...about, port, file: file.path, digest: file.digest }));
  });
}
