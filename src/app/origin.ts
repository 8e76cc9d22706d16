/**
 * The version of the program and the git commit of a project, for the journals of its runs.
 *
 * A run with nothing to do takes tens of milliseconds, so the commit is read from the files of the repository, without a
 * process. Only git itself knows whether files differ from the commit, because of its filters and its index.
 */
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { readOwnFile } from '../base/read-file.ts';
import { unlessAbsent, unlessRefused } from '../base/system-error.ts';
import type { Origin } from '../runner/index.ts';

export async function originOf(folder: string, version: string, whole: boolean): Promise<Origin> {
  const commit = commitOf(folder);
  if (commit === undefined) return { version };
  const changed = whole ? await hasChanges(folder) : undefined;
  return { version, commit, ...(changed !== undefined && { changed }) };
}

/** Undefined outside of a repository, before its first commit, and if its files have another format. */
export function commitOf(folder: string): string | undefined {
  // A run does not need to know its commit.
  return unlessRefused(() => {
    const git = gitFolder(folder);
    const head = git && textOf(join(git, 'HEAD'));
    if (head === undefined) return undefined;
    const name = /^ref: (.+)$/.exec(head)?.[1];
    return commitIn(name === undefined ? head : referenceIn(git!, name));
  });
}

/** The folder `.git` here or above; for a worktree or a submodule the folder that its file `.git` names. */
function gitFolder(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const path = join(folder, '.git');
    const found = unlessAbsent(() => statSync(path));
    if (found?.isDirectory()) return path;
    const named = found && /^gitdir: (.+)$/.exec(textOf(path) ?? '')?.[1];
    if (named !== undefined) return isAbsolute(named) ? named : join(folder, named);
    if (folder === dirname(folder)) return undefined;
  }
}

/** A worktree shares the branches of its repository, which its file `commondir` names. */
function referenceIn(git: string, name: string): string | undefined {
  const shared = textOf(join(git, 'commondir'));
  const common = shared === undefined ? git : isAbsolute(shared) ? shared : join(git, shared);
  const own = textOf(join(git, name)) ?? textOf(join(common, name));
  if (own !== undefined) return own;
  const packed = textOf(join(common, 'packed-refs')) ?? '';
  const line = packed.split('\n').find((one) => one.slice(one.indexOf(' ') + 1) === name);
  return line?.split(' ')[0];
}

function commitIn(text: string | undefined): string | undefined {
  return text !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text) ? text : undefined;
}

function textOf(path: string): string | undefined {
  return readOwnFile(path)?.toString('utf8').trim();
}

/** In a large repository, git takes longer. Then it is not known whether there are changes. */
const MOST_MS = 1000;

const MOST_BYTES = 64 << 20;

/** Undefined if git is not installed, or refuses. Files that are not tracked do not count, as in `git describe`. */
function hasChanges(folder: string): Promise<boolean | undefined> {
  // The two settings keep git from writing and from starting other programs.
  const words = ['--no-optional-locks', '-c', 'core.fsmonitor=false', 'status', '--porcelain'];
  return new Promise((resolve) => {
    execFile(
      'git',
      [...words, '--untracked-files=no'],
      { cwd: folder, timeout: MOST_MS, maxBuffer: MOST_BYTES },
      (problem, stdout) => resolve(problem ? undefined : stdout !== ''),
    );
  });
}
