/**
 * The note in each folder of `latest/`. It lists the outputs that the folder shows, and which files
 * are ours.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readOwnFile } from '../../base/read-file.ts';
import { hasCode, unlessAbsent } from '../../base/system-error.ts';
import type { Digest } from '../key/digest.ts';
import { isTaken } from './file-stamp.ts';
import { lookWith, type OnUnreadable } from './inventory.ts';
import type { Layout } from './layout.ts';
import { seal, unseal } from './sealed-json.ts';
import { isTreePath } from './tree-path.ts';

/** In the folder of each stage. */
export const NOTE = '.outputs';

export interface Note {
  /** Null while the files are being changed. */
  readonly outputs: Readonly<Record<string, Digest>> | null;
  /** All files that the program put there, relative to the folder. */
  readonly files: readonly string[];
}

export function isNoteOf(
  note: Note | undefined,
  outputs: Readonly<Record<string, Digest>>,
): boolean {
  return note !== undefined && JSON.stringify(note.outputs) === JSON.stringify(outputs);
}

export function notePath(root: string): string {
  return join(root, NOTE);
}

/** The folder of a stage or of one of its instances. */
export interface NotedFolder {
  readonly stage: string;
  /** Relative to `latest/`. */
  readonly folder: string;
  readonly note: Note | 'missing' | 'damaged';
}

/**
 * All folders that should have a note. Unreadable ones throw, or are given to `onUnreadable` and
 * skipped.
 */
export function* notedFolders(layout: Layout, onUnreadable?: OnUnreadable): Generator<NotedFolder> {
  const look = lookWith(onUnreadable);
  const noteIn = (folder: string): NotedFolder['note'] | undefined => {
    const root = join(layout.latest, folder);
    const path = notePath(root);
    return look(path, () => readNote(root) ?? (isTaken(path) ? 'damaged' : 'missing'));
  };
  for (const stage of look(layout.latest, foldersIn) ?? []) {
    const inside = look(join(layout.latest, stage), foldersIn) ?? [];
    const own = noteIn(stage);
    // The folder of a stage that has instances needs no note.
    if (own && (own !== 'missing' || inside.length === 0))
      yield { stage, folder: stage, note: own };
    const outputs = new Set(typeof own === 'object' ? own.files.map(firstOf) : []);
    for (const name of inside) {
      const folder = `${stage}/${name}`;
      const note = outputs.has(name) ? undefined : noteIn(folder);
      if (note) yield { stage, folder, note };
    }
  }
}

function firstOf(path: string): string {
  return path.split('/', 1)[0]!;
}

function foldersIn(path: string): readonly string[] {
  const entries = unlessAbsent(() => readdirSync(path, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Undefined if there is no note, or it is damaged. Notes of earlier versions have no seal. */
export function readNote(root: string): Note | undefined {
  let bytes: Buffer | undefined;
  try {
    bytes = readOwnFile(notePath(root));
  } catch (problem) {
    if (hasCode(problem, 'EIO')) return undefined;
    throw problem;
  }
  const found = bytes && unseal(bytes.toString());
  if (!found || (!found.sealed && 'check' in found.value)) return undefined;
  const note = found.value as Note;
  // A run deletes the files that a note names, so a path that leads out of the folder is refused.
  return Array.isArray(note.files) && note.files.every(isTreePath) ? note : undefined;
}

export function noteText({ outputs, files }: Note): string {
  return seal({ outputs, files });
}
