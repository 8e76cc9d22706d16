/** Compares an artifacts folder with the result of a clean run: the store and `latest/`. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode, isAbsent } from '../../src/base/system-error.ts';
import type { StageKey } from '../../src/runner/key/fingerprint.ts';
import { ActionCache } from '../../src/runner/store/action-cache.ts';
import { readArtifact } from '../../src/runner/store/artifact.ts';
import { storedRecords } from '../../src/runner/store/inventory.ts';
import { Layout } from '../../src/runner/store/layout.ts';
import { ObjectStore } from '../../src/runner/store/object-store.ts';
import { latestFiles } from './leftovers.ts';

export interface Clean {
  /** The outputs by key. */
  readonly results: ReadonlyMap<StageKey, string>;
  /** The digest by path below `latest/`. */
  readonly shown: Readonly<Record<string, string>>;
}

export function cleanState(artifacts: string): Clean {
  const layout = new Layout(artifacts);
  const actions = new ActionCache(layout);
  const results = new Map<StageKey, string>();
  for (const { name } of storedRecords(layout)) {
    results.set(name, JSON.stringify(actions.get(name)!.outputs));
  }
  return { results, shown: latestFiles(artifacts) };
}

/**
 * The differences from a clean run, in words. Manifests of inputs are ignored, because no result
 * needs them.
 */
export function differences(artifacts: string, { results, shown }: Clean): string[] {
  const layout = new Layout(artifacts);
  const [actions, store] = [new ActionCache(layout), new ObjectStore(layout)];
  const found: string[] = [];
  const checked = new Set<string>();
  for (const [key, wanted] of results) {
    const stored = actions.look(key);
    if (stored.kind !== 'whole') {
      found.push(`lost: the record ${key} is ${stored.kind}`);
      continue;
    }
    const { outputs } = stored.record;
    if (JSON.stringify(outputs) !== wanted) found.push(`wrong: the record ${key} names others`);
    for (const digest of Object.values(outputs)) {
      const artifact = readArtifact(digest, store);
      if (!artifact) found.push(`hollow: the list ${digest} is damaged or gone`);
      for (const file of artifact?.files ?? []) {
        if (checked.has(file.digest)) continue;
        checked.add(file.digest);
        if (digestAt(store.path(file.digest)) !== file.digest)
          found.push(`hollow: the object ${file.digest} is damaged or gone`);
      }
    }
  }
  const now = latestFiles(artifacts);
  for (const [path, digest] of Object.entries(shown)) {
    if (now[path] !== digest)
      found.push(`hollow: latest/${path} is ${now[path] ? 'other' : 'gone'}`);
  }
  for (const path of Object.keys(now)) {
    // Files that may belong to a user are kept under another name.
    if (!(path in shown) && !/\.\d+$/.test(path)) found.push(`wrong: latest/${path} is shown too`);
  }
  return found;
}

/** Journals and damaged files would fill the disk. */
export function dropHistory(artifacts: string): void {
  for (const folder of ['runs', 'store/corrupt']) {
    const root = join(artifacts, folder);
    const names = namesIn(root).sort();
    for (const name of names.slice(0, folder === 'runs' ? -3 : undefined)) {
      rmSync(join(root, name), { recursive: true, force: true });
    }
  }
}

function digestAt(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch (problem) {
    if (isAbsent(problem) || hasCode(problem, 'EISDIR')) return undefined;
    throw problem;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (problem) {
    if (isAbsent(problem)) return [];
    throw problem;
  }
}
