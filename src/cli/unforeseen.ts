/**
 * Errors that a command did not expect. A system error is one line with the path and a fix. A bug in this program
 * is shown with its stack and where to report it.
 */
import { isSystemError, type SystemError } from '../base/system-error.ts';
import { REPORT_IT } from '../runner/index.ts';
import { exitCodes } from './host.ts';

export interface Unforeseen {
  readonly text: string;
  readonly code: number;
}

export function describeUnforeseen(problem: unknown, version: string): Unforeseen {
  if (isSystemError(problem)) {
    return { text: `error: ${systemProblem(problem)}\n`, code: exitCodes.badInput };
  }
  const { stack, message } = problem instanceof Error ? problem : new Error(String(problem));
  const trace = stack ?? message;
  const head = `error: this is a bug in the program (lowrank-pipeline ${version}):`;
  return { text: `${head}\n${trace}\n  help: ${REPORT_IT}\n`, code: exitCodes.bug };
}

/** Completes `can't ...`; other calls are shown by their own names. */
const ACTS: Readonly<Record<string, string>> = {
  open: 'open',
  read: 'read',
  write: 'write',
  mkdir: 'create the folder',
  scandir: 'list the folder',
  stat: 'access',
  lstat: 'access',
  fstat: 'access',
  rename: 'write',
  link: 'write',
  copyfile: 'write',
  unlink: 'remove',
  rm: 'remove',
  rmdir: 'remove',
  fsync: 'write',
  ftruncate: 'write',
};

const HELP: Readonly<Record<string, string>> = {
  EACCES: 'check its owner and permissions (ls -ld), or work on a copy',
  EPERM: 'check its owner and permissions (ls -ld), or work on a copy',
  EROFS: 'it is on a read-only disk: work on a copy on another disk',
  ENOSPC: 'the disk is full: make room and run again',
  EDQUOT: 'your quota is used up: make room and run again',
  ENOTDIR: 'there is a file where a folder is needed: move it away',
  EEXIST: 'there is already something with that name: move it away',
  EISDIR: 'there is a folder where a file is needed: move it away',
  ENOTEMPTY: 'there is a folder where a file is needed: move it away',
  ENOENT: 'check whether it was removed, or is a link to a disk that is not mounted',
  ELOOP: 'the links there lead in a circle: remove one',
  EMFILE: 'too many files are open: raise the limit (ulimit -n)',
  ENFILE: 'too many files are open on this machine',
  EAGAIN: 'this user may start no more processes (ulimit -u)',
  EIO: 'the disk or its connection failed: check the system log',
  ESTALE: 'the disk was unmounted or replaced: mount it again',
};

/** One line with the failure, and one with what to do. */
function systemProblem(problem: SystemError): string {
  const { code, syscall = '', path, message } = problem;
  if (syscall.endsWith('cwd')) {
    return 'the current folder no longer exists\n  help: change to an existing folder (cd)';
  }
  const { dest } = problem as { readonly dest?: string };
  const help = HELP[code] === undefined ? '' : `\n  help: ${HELP[code]}`;
  const where = dest ?? path;
  if (where === undefined) return `${message}${help}`;
  // Node writes: "EACCES: permission denied, mkdir '/x'".
  const words = /^\w+: (.*?), \w+/.exec(message)?.[1] ?? message;
  return `can't ${ACTS[syscall] ?? syscall} ${where}: ${words} (${code})${help}`;
}
