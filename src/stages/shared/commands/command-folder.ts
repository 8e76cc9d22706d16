/**
 * The folder that a command runs in. Its inputs are placed there under their names; afterwards the folder is
 * checked. A file that the command changed or did not declare would be a result that no key describes.
 */
import {
  type BigIntStats,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { hasCode, isAbsent, unlessAbsent } from '../../../base/system-error.ts';
import {
  type GivenFile,
  listOutput,
  placeCopy,
  placeObject,
  type StageContext,
  StageError,
  stampOf,
  usualText,
} from '../../../runner/index.ts';
import { scratchMatcher } from './scratch-paths.ts';

export interface LaidFile {
  /** The path that the file was placed from, or `values` for a file of values. */
  readonly from: string;
  /** Whether the store has the same bytes under another name. Other processes may link to it at the same time. */
  readonly shared: boolean;
  /** The result of `stat` after the file was placed. */
  readonly stamp: string;
}

/** Keys are paths relative to the folder. */
export type Laid = ReadonlyMap<string, LaidFile>;

interface Declared {
  readonly params: Readonly<Record<string, unknown>>;
  /** How values are written, if the values alone do not determine it. */
  readonly writtenAs?:
    | { readonly params?: Readonly<Record<string, string>> | undefined }
    | undefined;
}

export function layFolder(folder: string, context: StageContext<Declared>): Laid {
  const laid = new Map<string, LaidFile>();
  for (const port of [...context.ports].sort()) {
    const artifact = context.input(port);
    for (const name of artifact.files) {
      const path = artifact.single ? port : `${port}/${name}`;
      const target = join(folder, path);
      const file = artifact.file(name);
      const there = laid.get(path);
      // A file that is listed by itself and within its folder is placed once.
      if (there?.from === file.path) continue;
      if (there || !makeFolder(dirname(target))) {
        throw new StageError(
          `two of its inputs have the path "${path}"`,
          'give one of them another path',
        );
      }
      lay(file, target, path);
      laid.set(path, laidFile(file.path, target));
    }
  }
  const { params, writtenAs } = context.parameters;
  for (const [path, values] of Object.entries(params)) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    const text = writtenAs?.params?.[path] ?? usualText(path, values);
    writeFileSync(target, text, { mode: 0o444 });
    laid.set(path, laidFile('values', target));
  }
  return laid;
}

/** False if a file is in the way. */
function makeFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    return true;
  } catch (problem) {
    if (hasCode(problem, 'EEXIST', 'ENOTDIR')) return false;
    throw problem;
  }
}

function laidFile(from: string, target: string): LaidFile {
  const status = statSync(target, { bigint: true });
  const shared = status.nlink > 1n;
  return { from, shared, stamp: stampOfLaid(status, shared) };
}

/** Another link to the same bytes changes only the time of the last status change (ctime). */
function stampOfLaid(status: BigIntStats, shared: boolean): string {
  if (!shared) return stampOf(status);
  const { size, mtimeNs, ino, mode } = status;
  return `${size}:${mtimeNs}:${ino}:${mode}`;
}

function lay(file: GivenFile, target: string, path: string): void {
  if (file.stamp === undefined) {
    placeObject(file.path, target, file);
    return;
  }
  const isCopied = unlessAbsent(() => {
    // The command must not write to the user's file.
    placeCopy(file.path, target, file);
    return stampOf(statSync(file.path, { bigint: true })) === file.stamp;
  });
  if (isCopied) return;
  throw new StageError(`"${path}" was changed after this run had read it`, 'run again');
}

/** Throws if an input was changed, or if there is a file that is not declared. */
export function checkFolder(
  folder: string,
  laid: Laid,
  outputs: Readonly<Record<string, string>>,
  scratch: readonly string[],
): void {
  for (const [path, { shared, stamp }] of laid) {
    const now = statusOf(join(folder, path));
    if (now && stampOfLaid(now, shared) === stamp) continue;
    throw new StageError(
      `it ${now ? 'changed' : 'deleted'} its input "${path}"`,
      'copy an input before you change it, and list the copy under "outputs" or "scratch"',
    );
  }
  const declared = new Set(Object.values(outputs));
  const isScratch = scratchMatcher(scratch);
  const passOver = (path: string): boolean => declared.has(path) || isScratch(path);
  const strays = list(folder, '', passOver).filter((path) => !laid.has(path));
  if (strays.length === 0) return;
  const more = strays.length > 1 ? ` and ${strays.length - 1} more` : '';
  throw new StageError(
    `it wrote "${strays[0]}"${more}, which it does not declare`,
    'list it under "outputs", or under "scratch" if it is not needed',
  );
}

/** Undefined if there is nothing at the path, or if a file or a link is in place of one of its folders. */
function statusOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch (problem) {
    if (isAbsent(problem) || hasCode(problem, 'ELOOP')) return undefined;
    throw problem;
  }
}

function list(root: string, inside: string, passOver: (path: string) => boolean): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(root, inside), { withFileTypes: true })) {
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
    if (passOver(path)) continue;
    if (!entry.isDirectory()) found.push(path);
    else for (const one of list(root, path, passOver)) found.push(one);
  }
  return found;
}

/** Moves the outputs instead of copying them: the folder is on the file system of the store. */
export function takeOutputs(
  folder: string,
  outputs: Readonly<Record<string, string>>,
  context: Pick<StageContext<unknown>, 'output' | 'single'>,
): void {
  for (const [port, path] of Object.entries(outputs)) {
    const from = join(folder, path);
    const status = lstatSync(from, { throwIfNoEntry: false });
    if (!status) {
      throw new StageError(`it ended without making its output "${path}"`);
    }
    if (status.isSymbolicLink()) {
      throw new StageError(
        `its output "${path}" is a symbolic link to "${readlinkSync(from)}"`,
        'let the command copy what the link points to (cp -rL)',
      );
    }
    if (status.isFile()) {
      renameSync(from, join(context.output(port), basename(path)));
      context.single(port);
    } else if (status.isDirectory()) {
      settleLinks(from, path);
      renameSync(from, context.output(port));
    } else {
      throw new StageError(`its output "${path}" is neither a file nor a folder`);
    }
  }
}

/**
 * Links are checked while the folder is still where the command ran, so that they point to the files that the
 * command meant. Links that stay inside the folder point to the same file after it is moved.
 */
function settleLinks(folder: string, output: string): void {
  const listed = listOutput(folder);
  if (!listed.ok) {
    const { message, advice } = listed.error;
    throw new StageError(`its output "${output}" ${message}`, advice);
  }
  for (const [link, real] of listed.value.links) {
    rmSync(link);
    symlinkSync(relative(dirname(link), real), link);
  }
}
