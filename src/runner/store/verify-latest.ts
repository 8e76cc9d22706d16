/** Reads the files under `latest/` again. Each must have the bytes of the result that it shows. */
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { hasCode, isAbsent, unlessRefused } from '../../base/system-error.ts';
import { type Digest, digestFile } from '../key/digest.ts';
import { fileAt } from './file-stamp.ts';
import { lookWith, type OnUnreadable } from './inventory.ts';
import { NOTE, notedFolders } from './latest-note.ts';
import type { Layout } from './layout.ts';
import type { ObjectStore } from './object-store.ts';
import { quarantine } from './quarantine.ts';
import { shownFiles } from './shown-files.ts';

export interface DamagedCopy {
  /** A note lists the outputs that its folder shows. */
  readonly type: 'damaged-copy' | 'damaged-note';
  /** Relative to the artifacts folder. */
  readonly path: string;
  readonly moved: boolean;
}

export interface LatestWatch {
  readonly signal: AbortSignal;
  readonly onUnreadable: OnUnreadable;
  /**
   * It is not known what a folder of this stage shows. The next run must show its results again,
   * which places all files of such a folder.
   */
  readonly onUnknown: (stage: string) => void;
}

/**
 * Damaged files are moved aside, and the next run replaces them. Missing files are found by a run
 * itself. Unreadable files are given to `onUnreadable` and left as they are.
 */
export async function damagedCopies(
  layout: Layout,
  store: ObjectStore,
  { signal, onUnreadable, onUnknown }: LatestWatch,
): Promise<readonly DamagedCopy[]> {
  const look = lookWith(onUnreadable);
  const found: DamagedCopy[] = [];
  const moveAside = (type: DamagedCopy['type'], path: string): void => {
    const shown = `${basename(layout.latest)}/${path}`;
    const name = shown.replaceAll('/', '-');
    found.push({
      type,
      path: shown,
      moved: quarantine(`${layout.root}/${shown}`, name, layout),
    });
  };
  let count = 0;
  for (const { stage, folder, note } of notedFolders(layout, onUnreadable)) {
    if (note === 'damaged') moveAside('damaged-note', `${folder}/${NOTE}`);
    if (typeof note === 'string') onUnknown(stage);
    else {
      // An unreadable manifest is an unreadable object, which is reported separately. If a manifest
      // is damaged, its result is made and shown again.
      const files = unlessRefused(() => shownFiles(note.outputs ?? {}, store)) ?? [];
      for (const { path, digest } of files) {
        if (signal.aborted) return found;
        const full = `${layout.latest}/${folder}/${path}`;
        if (look(full, () => fileAt(full) && digestAt(full) !== digest)) {
          moveAside('damaged-copy', `${folder}/${path}`);
        }
        if (++count % 100 === 0) await setImmediate();
      }
    }
  }
  return found;
}

function digestAt(path: string): Digest | undefined {
  try {
    return digestFile(path);
  } catch (problem) {
    if (isAbsent(problem) || hasCode(problem, 'EIO')) return undefined;
    throw problem;
  }
}
