/**
 * `latest/<stage>/`: the newest outputs of each stage where people look for them.
 *
 * A stage's one output lies right in its folder, several lie in a folder each. A no-op costs a stat a
 * file; what is there and of the right size is left alone, what is missing is put back.
 */
import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Digest } from '../key/digest.ts';
import { readArtifact } from './artifact.ts';
import type { Layout } from './layout.ts';
import type { ObjectStore } from './object-store.ts';

/** Larger files share their bytes with the store (they are read-only there); smaller are copied. */
const LINK_FROM_BYTES = 4 << 20;

/** `folder` is relative to `latest/`: the stage's name, and its axes below it. */
export function showLatest(
  folder: string,
  outputs: Readonly<Record<string, Digest>>,
  layout: Layout,
  store: ObjectStore,
): void {
  const root = join(layout.latest, folder);
  const note = join(root, '.outputs');
  const wanted = JSON.stringify(outputs);
  const files = new Map<string, { digest: Digest; size: number }>();
  const ports = Object.keys(outputs);
  for (const port of ports) {
    const inside = ports.length > 1 ? `${port}/` : '';
    for (const file of readArtifact(outputs[port]!, store)?.files ?? []) {
      files.set(inside + file.path, file);
    }
  }
  if (readNote(note) !== wanted) removeOld(root, files);
  for (const [path, { digest, size }] of files) place(join(root, path), digest, size, store);
  if (readNote(note) !== wanted) {
    mkdirSync(root, { recursive: true });
    writeFileSync(note, wanted);
  }
}

function readNote(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Only folders with our note are ours to clear, and only of the files that we put there: whatever
 * a person added stays.
 */
function removeOld(root: string, keep: ReadonlyMap<string, unknown>): void {
  for (const path of ownFiles(root)) if (!keep.has(path)) rmSync(join(root, path), { force: true });
  // Same name, other bytes: sizes may agree, so these are put anew.
  for (const path of keep.keys()) rmSync(join(root, path), { force: true });
}

function ownFiles(root: string): string[] {
  const status = lstatSync(join(root, '.outputs'), { throwIfNoEntry: false });
  if (!status) return [];
  const paths: string[] = [];
  const walk = (inside: string): void => {
    for (const entry of readdirSync(join(root, inside), { withFileTypes: true })) {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) {
        // A deeper stage's folder has a note of its own, and its own life.
        if (!lstatSync(join(root, path, '.outputs'), { throwIfNoEntry: false })) walk(path);
      } else if ((lstatSync(join(root, path)).mode & 0o222) === 0) paths.push(path);
    }
  };
  walk('');
  return paths;
}

function place(path: string, digest: Digest, size: number, store: ObjectStore): void {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status?.isFile() && status.size === size) return;
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  const object = store.path(digest);
  if (size >= LINK_FROM_BYTES) {
    try {
      linkSync(object, path);
      return;
    } catch {
      // Another file system, or too many links: a copy does as well.
    }
  }
  copyFileSync(object, path, constants.COPYFILE_FICLONE);
  chmodSync(path, 0o444);
}
