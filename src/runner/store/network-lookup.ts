/**
 * Makes results visible that another machine has just made.
 *
 * A client of a shared disk caches for a while that a name did not exist. A listing of a folder is
 * fresh after this client has changed the folder. So before a stage is computed, its folder is
 * listed. If the name is in the listing, the stage waits until the name can be looked up too. A
 * local disk has no such cache, so nothing is listed.
 */
import { readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { hasCode, isAbsent, unlessAbsent } from '../../base/system-error.ts';
import type { StageKey } from '../key/fingerprint.ts';
import type { ActionCache, ActionRecord } from './action-cache.ts';
import { readArtifact } from './artifact.ts';
import { timeInIfWritable } from './file-clock.ts';
import type { Layout } from './layout.ts';
import { isLocalDisk } from './local-disk.ts';
import type { ObjectStore } from './object-store.ts';

/** Longer than any NFS client caches a missing name by default. */
const LONGEST_WAIT_MS = 90_000;

const RETRY_MS = 100;

export class NetworkLookup {
  private readonly layout: Layout;
  private readonly actions: ActionCache;
  private readonly store: ObjectStore;
  private isLocal: boolean | undefined;

  constructor(
    layout: Layout,
    { actions, store }: { readonly actions: ActionCache; readonly store: ObjectStore },
  ) {
    this.layout = layout;
    this.actions = actions;
    this.store = store;
  }

  /**
   * The record of a key whose lock is held, as it is on the disk now. Its files can be looked up as
   * well.
   */
  async recordOf(key: StageKey, signal: AbortSignal): Promise<ActionRecord | undefined> {
    const { layout, actions, store } = this;
    // The folder of the lock exists, and is on the disk that the machines share.
    this.isLocal ??= isLocalDisk(layout.locks);
    if (this.isLocal) return actions.get(key);
    await waitUntilSeen(layout.action(key), layout.root, signal);
    const record = actions.get(key);
    for (const digest of Object.values(record?.outputs ?? {})) {
      await waitUntilSeen(layout.object(digest), layout.root, signal);
      for (const file of readArtifact(digest, store)?.files ?? []) {
        await waitUntilSeen(layout.object(file.digest), layout.root, signal);
      }
    }
    return record;
  }
}

/** Resolves when the file can be looked up by its name, or when its folder does not contain it. */
async function waitUntilSeen(path: string, root: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + LONGEST_WAIT_MS;
  while (!isThere(path) && isListed(path, root) && performance.now() < until) {
    await wait(RETRY_MS, undefined, { signal });
  }
}

function isThere(path: string): boolean {
  return unlessAbsent(() => statSync(path, { throwIfNoEntry: false })) !== undefined;
}

/** Also works if the folder is new and can't be listed by its name yet. */
function isListed(path: string, root: string): boolean {
  if (path === root) return false;
  const folder = dirname(path);
  try {
    return namesIn(folder).has(path.slice(folder.length + 1));
  } catch (problem) {
    // A file is in the place of the folder, so waiting does not help.
    if (hasCode(problem, 'ENOTDIR')) return false;
    if (!isAbsent(problem)) throw problem;
    return isListed(folder, root);
  }
}

function namesIn(folder: string): ReadonlySet<string> {
  timeInIfWritable(folder);
  return new Set(readdirSync(folder));
}
