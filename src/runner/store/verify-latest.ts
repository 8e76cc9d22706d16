/** Reads the files under `latest/` again. Each must have the bytes of the result that it shows. */
import { setImmediate } from 'node:timers/promises';
import { hasCode, isAbsent, isSystemError } from '../../base/system-error.ts';
import { type Digest, digestFile } from '../key/digest.ts';
import { filesByPort } from './artifact.ts';
import { fileAt } from './file-stamp.ts';
import { lookWith, type OnUnreadable } from './inventory.ts';
import { notedOutputs } from './latest-note.ts';
import { type ShownFile, shownFiles } from './latest-tree.ts';
import type { Layout } from './layout.ts';
import type { ObjectStore } from './object-store.ts';
import { quarantine } from './quarantine.ts';

export interface DamagedCopy {
  readonly type: 'damaged-copy';
  /** Relative to `latest/`. */
  readonly path: string;
  readonly moved: boolean;
}

/**
 * Damaged files are moved aside, and the next run replaces them. Missing files are found by a run
 * itself. Unreadable files are given to `onUnreadable` and left as they are.
 */
export async function damagedCopies(
  layout: Layout,
  store: ObjectStore,
  signal: AbortSignal,
  onUnreadable: OnUnreadable,
): Promise<readonly DamagedCopy[]> {
  const look = lookWith(onUnreadable);
  const found: DamagedCopy[] = [];
  let count = 0;
  for (const { folder, outputs } of notedOutputs(layout, onUnreadable)) {
    for (const { path, digest } of filesShown(folder, outputs, store)) {
      if (signal.aborted) return found;
      const full = `${layout.latest}/${path}`;
      if (look(full, () => fileAt(full) && digestAt(full) !== digest)) {
        const name = `latest-${path.replaceAll('/', '-')}`;
        found.push({ type: 'damaged-copy', path, moved: quarantine(full, name, layout) });
      }
      if (++count % 100 === 0) await setImmediate();
    }
  }
  return found;
}

/** None if a manifest is damaged, because its result is made and shown again. */
function filesShown(
  folder: string,
  outputs: Readonly<Record<string, Digest>>,
  store: ObjectStore,
): readonly ShownFile[] {
  try {
    const files = filesByPort(outputs, store);
    return files ? shownFiles(folder, files) : [];
  } catch (problem) {
    // An unreadable manifest is an unreadable object, which is reported separately.
    if (!isSystemError(problem)) throw problem;
    return [];
  }
}

function digestAt(path: string): Digest | undefined {
  try {
    return digestFile(path);
  } catch (problem) {
    if (isAbsent(problem) || hasCode(problem, 'EIO')) return undefined;
    throw problem;
  }
}
