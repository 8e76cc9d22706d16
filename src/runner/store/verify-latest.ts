/** The files under `latest/` read again: each must have the bytes of the result that it shows. */
import { setImmediate } from 'node:timers/promises';
import { hasCode, isAbsent } from '../../base/system-error.ts';
import { type Digest, digestFile } from '../key/digest.ts';
import { readArtifact } from './artifact.ts';
import { fileAt } from './file-stamp.ts';
import { notedOutputs } from './latest-note.ts';
import { shownFiles } from './latest-tree.ts';
import type { Layout } from './layout.ts';
import type { ObjectStore } from './object-store.ts';
import { moveAside } from './quarantine.ts';

export interface DamagedCopy {
  readonly type: 'damaged-copy';
  /** Below `latest/`. */
  readonly path: string;
  readonly moved: boolean;
}

/** What is damaged is moved aside, and the next run puts it right; what is missing, a run sees itself. */
export async function damagedCopies(
  layout: Layout,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<readonly DamagedCopy[]> {
  const found: DamagedCopy[] = [];
  let count = 0;
  for (const { folder, outputs } of notedOutputs(layout)) {
    const lists = Object.entries(outputs).flatMap(([port, digest]) => {
      const artifact = readArtifact(digest, store);
      return artifact ? [[port, artifact.files] as const] : [];
    });
    // Where a list is damaged, its result is made again and shown anew.
    if (lists.length < Object.keys(outputs).length) continue;
    for (const { path, digest } of shownFiles(folder, Object.fromEntries(lists))) {
      if (signal.aborted) return found;
      const full = `${layout.latest}/${path}`;
      if (fileAt(full) && digestAt(full) !== digest) {
        const name = `latest-${path.replaceAll('/', '-')}`;
        found.push({ type: 'damaged-copy', path, moved: moveAside(full, name, layout) });
      }
      if (++count % 100 === 0) await setImmediate();
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
