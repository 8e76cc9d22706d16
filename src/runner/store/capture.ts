/**
 * Captures the outputs of a stage: moves them from the folders that the stage filled into the
 * store.
 *
 * A command or a stage type of the project may leave a process running that still has an output
 * file open. Whatever that process writes later must not reach the store. A few small files are
 * therefore copied. Other files are moved to a name that no other process knows, so no process can
 * open them any more. Then the list of open files shows whether they are final.
 */
import { type BigIntStats, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../base/result.ts';
import { type Artifact, type ArtifactFile, describeArtifact } from './artifact.ts';
import { moveFile, replaceByCopy, temporaryPath } from './durable.ts';
import { stampOf } from './file-stamp.ts';
import { atOnce, type Flushes } from './flushes.ts';
import type { Measured, ObjectStore } from './object-store.ts';
import { canListOpenFiles, findWriter, idOf } from './open-files.ts';
import { listOutput, type OutputFault, type OutputFile, type OutputFiles } from './output-files.ts';
import { isTreePath } from './tree-path.ts';

export interface OutputFolder {
  readonly port: string;
  readonly folder: string;
  /** The folder holds one file, which is the output. */
  readonly single: boolean;
}

export interface Captured {
  readonly artifact: Artifact;
  /** Empty folders are not part of the artifact. */
  readonly emptyFolders: readonly string[];
}

export interface CaptureFault extends OutputFault {
  readonly port: string;
}

export interface CaptureOptions {
  readonly flushes?: Flushes;
  /** Whether a process that the stage started may continue after the stage ends. */
  readonly mayOutlive?: boolean;
}

/**
 * The artifacts by port. Fails before anything is stored if an output contains something that can't
 * be stored.
 */
export function captureOutputs(
  folders: readonly OutputFolder[],
  store: ObjectStore,
  { flushes = atOnce, mayOutlive = false }: CaptureOptions = {},
): Result<ReadonlyMap<string, Captured>, CaptureFault> {
  const listed = new Map<string, OutputFiles>();
  for (const { port, folder } of folders) {
    const files = listOutput(folder);
    if (!files.ok) return fail({ port, ...files.error });
    listed.set(port, files.value);
  }
  const places = [...listed].flatMap(([port, { files }]) =>
    files.map(({ path, bytes }): Place => ({ port, path, bytes })),
  );
  const taken = mayOutlive ? takeGuarded(places, store, flushes) : take(places, store, flushes);
  if (!taken.ok) return taken;
  const captured = new Map<string, Captured>();
  for (const { port, single } of folders) {
    const { files, emptyFolders } = listed.get(port)!;
    const { manifest, ...artifact } = describeArtifact(
      files.map((file) => artifactFile(file, taken.value)),
      single,
    );
    store.putText(manifest, flushes);
    captured.set(port, { artifact, emptyFolders });
  }
  return ok(captured);
}

/** The artifact that this folder would become. Nothing is moved. */
export function measureOutput(
  folder: string,
  single: boolean,
  store: ObjectStore,
): Result<Artifact, OutputFault> {
  const listed = listOutput(folder);
  if (!listed.ok) return listed;
  const measured = new Map<string, Measured>();
  for (const { bytes } of listed.value.files) measured.set(bytes, store.measure(bytes));
  const files = listed.value.files.map((file) => artifactFile(file, measured));
  const { manifest: _text, ...artifact } = describeArtifact(files, single);
  return ok(artifact);
}

interface Place extends OutputFile {
  readonly port: string;
}

/** By the path of the bytes. */
type Taken = ReadonlyMap<string, Measured>;

function artifactFile({ path, bytes }: OutputFile, taken: Taken): ArtifactFile {
  if (!isTreePath(path)) throw new Error(`"${path}" is not a valid path in an output`);
  const { digest, size, executable } = taken.get(bytes)!;
  return { path, digest, size, ...(executable && { executable }) };
}

/** For built-in stages, which close their files before they end. */
function take(
  places: readonly Place[],
  store: ObjectStore,
  flushes: Flushes,
): Result<Taken, CaptureFault> {
  const taken = new Map<string, Measured>();
  for (const place of places) {
    if (taken.has(place.bytes)) continue;
    const measured = store.measure(place.bytes);
    if (!isUnchanged(place.bytes, measured)) return fail(stillOpen(place));
    store.moveIn(place.bytes, flushes, measured);
    taken.set(place.bytes, measured);
  }
  return ok(taken);
}

/**
 * Copying up to this many files of this size is cheaper than finding out which process has them
 * open.
 */
const FEW_FILES = 100;
const SMALL_BYTES = 1 << 20;

function takeGuarded(
  places: readonly Place[],
  store: ObjectStore,
  flushes: Flushes,
): Result<Taken, CaptureFault> {
  const byBytes = new Map(places.map((place) => [place.bytes, place]));
  const few = byBytes.size <= FEW_FILES;
  if (few && [...byBytes.keys()].every((path) => lstatSync(path).size <= SMALL_BYTES)) {
    return ok(new Map([...byBytes.keys()].map((path) => [path, store.copyIn(path, flushes)])));
  }
  const hidden = temporaryPath(store.temporary);
  mkdirSync(hidden);
  try {
    const files = [...byBytes.values()].map((place, i): HiddenFile => {
      const at = join(hidden, `${i}`);
      moveFile(place.bytes, at);
      let found = lstatSync(at, { bigint: true });
      if (mayBeOpenElsewhere(found)) {
        replaceByCopy(at);
        found = lstatSync(at, { bigint: true });
      }
      return { place, at, id: idOf(found), measured: store.measure(at) };
    });
    const late = findUnfinished(files);
    if (late) return fail(late);
    for (const { at, measured } of files) store.moveIn(at, flushes, measured);
    return ok(new Map(files.map(({ place, measured }) => [place.bytes, measured])));
  } finally {
    rmSync(hidden, { recursive: true, force: true });
  }
}

interface HiddenFile {
  readonly place: Place;
  readonly at: string;
  readonly id: string;
  readonly measured: Measured;
}

/**
 * It has a second name, or an owner who can open it whatever its mode is: a container may run as
 * another user.
 */
function mayBeOpenElsewhere({ nlink, uid }: BigIntStats): boolean {
  return nlink > 1n || Number(uid) !== userInfo().uid || !canListOpenFiles();
}

function findUnfinished(files: readonly HiddenFile[]): CaptureFault | undefined {
  if (canListOpenFiles()) {
    const ids = new Map(files.map((file) => [file.id, file]));
    const found = findWriter(new Set(ids.keys()));
    if (found) {
      const { pid, program } = found.writer;
      return stillOpen(ids.get(found.file)!.place, ` (${program}, pid ${pid})`);
    }
  }
  const changed = files.find(({ at, measured }) => !isUnchanged(at, measured));
  return changed && stillOpen(changed.place);
}

function isUnchanged(path: string, { stamp }: Measured): boolean {
  return stampOf(lstatSync(path, { bigint: true })) === stamp;
}

function stillOpen({ port, path }: Place, who = ''): CaptureFault {
  return {
    port,
    message: `is still open for writing: "${path}" is open in a process that the stage left running${who}`,
    advice: 'wait for that process, or stop it, before the stage ends',
  };
}
