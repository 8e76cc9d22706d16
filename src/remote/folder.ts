/**
 * A folder as a remote, such as one on a shared disk. A web server that serves the folder is a
 * remote with the same content.
 */
import { link, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasEnded, makerOf, ownName } from '../base/maker.ts';
import { hasCode, isAbsent, isSystemError } from '../base/system-error.ts';
import { timeLimit } from '../base/time-limit.ts';
import {
  type GetOptions,
  type PutOptions,
  type Remote,
  type RemoteBody,
  RemoteError,
  type RemoteKind,
} from '../runner/index.ts';
import { piecesOf } from './pieces.ts';

const PIECE = 1 << 20;
const LONGEST_MS = 2000;

export class FolderRemote implements Remote {
  readonly address: string;
  private readonly root: string;
  /** Resolves when the folder has answered. */
  private found: Promise<void> | undefined;
  /** Resolves when the temporary files of dead processes are removed. */
  private swept: Promise<void> | undefined;

  /** `address` is the path as the user wrote it. */
  constructor(root: string, address = root) {
    this.root = root;
    this.address = address;
  }

  async size(kind: RemoteKind, name: string): Promise<number | undefined> {
    const status = await this.unlessAbsent(() => stat(this.path(kind, name)));
    return status?.size;
  }

  async get(kind: RemoteKind, name: string, options: GetOptions): Promise<boolean> {
    const { from, take, pace, signal } = options;
    signal.throwIfAborted();
    const file = await this.unlessAbsent(() => open(this.path(kind, name), 'r'));
    if (!file) return false;
    try {
      const piece = Buffer.allocUnsafe(PIECE);
      for (let at = from; ; ) {
        signal.throwIfAborted();
        const { bytesRead } = await this.asked(() => file.read(piece, 0, PIECE, at));
        if (bytesRead === 0) return true;
        take(piece.subarray(0, bytesRead));
        at += bytesRead;
        await pace?.(bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  async put(
    kind: RemoteKind,
    name: string,
    body: RemoteBody,
    { ifAbsent, pace, signal }: PutOptions,
  ): Promise<void> {
    signal.throwIfAborted();
    const path = this.path(kind, name);
    const temporary = join(this.root, 'tmp', ownName());
    await this.asked(
      async () => {
        // The root is not created: it may be a disk that is not mounted.
        await stat(this.root);
        await mkdir(join(this.root, kind), { recursive: true });
        this.swept ??= this.sweep();
        await this.swept;
        try {
          await writeFile(temporary, piecesOf(body, pace), { signal });
          await flush(temporary);
          await (ifAbsent ? linkUnlessTaken(temporary, path) : rename(temporary, path));
        } finally {
          await rm(temporary, { force: true });
        }
      },
      'file' in body ? body.file : undefined,
    );
  }

  private async sweep(): Promise<void> {
    const folder = join(this.root, 'tmp');
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) {
      const maker = makerOf(name);
      if (maker && hasEnded(maker)) await rm(join(folder, name), { force: true });
    }
  }

  private path(kind: RemoteKind, name: string): string {
    return join(this.root, kind, name);
  }

  private async unlessAbsent<T>(act: () => Promise<T>): Promise<T | undefined> {
    return this.asked(async () => {
      try {
        return await act();
      } catch (problem) {
        if (!isAbsent(problem)) throw problem;
        await stat(this.root);
        return undefined;
      }
    });
  }

  /** An error of the file `local` says nothing about the folder, so it is thrown as it is. */
  private async asked<T>(act: () => Promise<T>, local?: string): Promise<T> {
    try {
      this.found ??= answersInTime(this.root);
      await this.found;
      return await act();
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      if (local !== undefined && problem.path === local) throw problem;
      throw errorOf(problem);
    }
  }
}

/** A network disk that is away blocks each call for minutes. */
function answersInTime(root: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = new RemoteError('unreachable', `did not answer within ${LONGEST_MS / 1000} s`);
    const end = timeLimit(LONGEST_MS, () => reject(late));
    stat(root)
      .then(() => resolve(), reject)
      .finally(end);
  });
}

function errorOf(problem: Error): RemoteError {
  if (isAbsent(problem)) {
    const advice = 'create the folder, or mount its disk';
    return new RemoteError('unreachable', 'does not exist', { advice });
  }
  if (hasCode(problem, 'EROFS', 'ENOSPC', 'EDQUOT')) {
    return new RemoteError('refused', `can't be written: ${problem.message}`);
  }
  // One file of another user may be private, and the others may not.
  const isPrivate = hasCode(problem, 'EACCES', 'EPERM');
  return new RemoteError(isPrivate ? 'wrong' : 'busy', `refuses: ${problem.message}`);
}

/** The first one wins. A disk without hard links can't tell, so there the last one may win. */
async function linkUnlessTaken(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (problem) {
    if (hasCode(problem, 'EEXIST')) return;
    if (!hasCode(problem, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw problem;
    await rename(from, to);
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
