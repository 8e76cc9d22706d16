/**
 * Lists the files of an output before any of them is taken.
 *
 * A symbolic link inside the output is replaced by its target: the file, or the files of the
 * folder, are listed under the name of the link too. Anything without bytes to store is refused
 * with its path.
 */
import { isUtf8 } from 'node:buffer';
import { type Dirent, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { fail, ok, type Result } from '../../base/result.ts';
import { hasCode, isAbsent } from '../../base/system-error.ts';
import { REPLACEMENT } from '../document/source.ts';

export interface OutputFile {
  /** Relative to the output, with "/". */
  readonly path: string;
  /** The path of the bytes. For a file and a link to it, this is the path of the file. */
  readonly bytes: string;
}

export interface OutputFiles {
  /** Sorted by path. */
  readonly files: readonly OutputFile[];
  /** Empty folders, which a manifest can't contain. */
  readonly emptyFolders: readonly string[];
  /** The full path of each symbolic link, and the full path of its target. */
  readonly links: ReadonlyMap<string, string>;
}

/** The message is the end of a sentence that begins with the output. */
export interface OutputFault {
  readonly message: string;
  readonly advice: string;
}

export function listOutput(folder: string): Result<OutputFiles, OutputFault> {
  const root = realpathSync(folder);
  const listing = new Listing(root);
  const fault = listing.read(root, '', [root]);
  if (fault) return fail(fault);
  const files = listing.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return ok({ files, emptyFolders: listing.emptyFolders.sort(), links: listing.links });
}

class Listing {
  readonly files: OutputFile[] = [];
  readonly emptyFolders: string[] = [];
  readonly links = new Map<string, string>();
  private readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** `open` are this folder and the folders that contain it, without links. */
  read(folder: string, inside: string, open: readonly string[]): OutputFault | undefined {
    const entries = readdirSync(folder, { withFileTypes: true });
    if (entries.length === 0 && inside !== '') this.emptyFolders.push(inside);
    for (const entry of entries) {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      const full = `${folder}/${entry.name}`;
      const fault =
        (entry.name.includes(REPLACEMENT) ? undecodable(folder, inside) : undefined) ??
        (entry.isSymbolicLink()
          ? this.follow(full, path, open)
          : this.take(entry, full, path, open));
      if (fault) return fault;
    }
    return undefined;
  }

  private take(
    entry: Pick<Dirent, 'isFile' | 'isDirectory'>,
    full: string,
    path: string,
    open: readonly string[],
  ): OutputFault | undefined {
    if (entry.isDirectory()) return this.read(full, path, [...open, full]);
    if (!entry.isFile()) return noFile(path);
    this.files.push({ path, bytes: full });
    return undefined;
  }

  private follow(full: string, path: string, open: readonly string[]): OutputFault | undefined {
    const shown = `holds the symbolic link "${path}" to "${readlinkSync(full)}"`;
    let real: string;
    try {
      real = realpathSync(full);
    } catch (problem) {
      if (isAbsent(problem)) {
        return { message: `${shown}, where there is no file`, advice: COPY };
      }
      if (!hasCode(problem, 'ELOOP')) throw problem;
      return { message: `${shown}, which points to itself`, advice: REMOVE };
    }
    if (open.includes(real)) {
      return { message: `${shown}, a folder that holds the link itself`, advice: REMOVE };
    }
    if (!real.startsWith(`${this.root}/`)) {
      return { message: `${shown}, which is outside the output`, advice: COPY };
    }
    this.links.set(full, real);
    return this.take(statSync(real), real, path, open);
  }
}

const COPY =
  'copy the file into the output (cp -L), or link to a file inside it; links are stored as copies of their files';
const REMOVE = 'remove the link before the stage ends';

function noFile(path: string): OutputFault {
  return {
    message: `holds "${path}", which is neither a file nor a folder`,
    advice: 'remove it before the stage ends: pipes, sockets and devices are not stored',
  };
}

/** The names are read again as bytes, because U+FFFD can also be a valid part of a name. */
export function undecodable(folder: string, inside: string): OutputFault | undefined {
  const name = readdirSync(folder, { encoding: 'buffer' }).find((one) => !isUtf8(one));
  if (!name) return undefined;
  const path = `${inside === '' ? '' : `${inside}/`}${escaped(name)}`;
  return {
    message: `holds "${path}", a name that is not UTF-8`,
    advice: 'rename it: names are kept as UTF-8 text',
  };
}

/** Writes every byte that is not printable ASCII as `\xff`. */
function escaped(name: Buffer): string {
  return [...name]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}
