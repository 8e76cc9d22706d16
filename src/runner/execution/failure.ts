/** Why a stage has no outputs, as plain data that crosses processes and is kept in journals. */
import { unreachable } from '../../base/unreachable.ts';
import type { Digest } from '../key/digest.ts';
import { isFull } from '../store/durable.ts';

export type Failure =
  /** The stage expected it (`StageError`), or the user's own code threw an error. The latter has a stack. */
  | {
      readonly kind: 'stage';
      readonly message: string;
      readonly advice?: string;
      readonly stack?: string;
    }
  /** Code of this program threw an unexpected error. */
  | { readonly kind: 'bug'; readonly message: string; readonly stack?: string }
  | {
      readonly kind: 'died';
      readonly code: number | null;
      readonly signal: string | null;
      /** The process had not started yet, so the stage is not the cause. */
      readonly starting?: true;
    }
  | { readonly kind: 'missing-output'; readonly port: string }
  | { readonly kind: 'undeclared-output'; readonly path: string }
  | {
      readonly kind: 'corrupt-input';
      readonly port: string;
      readonly artifact: Digest;
      readonly file: string;
    }
  /** A result was lost or damaged right after it was stored. */
  | { readonly kind: 'damaged-output' }
  /** The store cannot be read, so it is unknown whether it has the results. */
  | { readonly kind: 'unreadable-store'; readonly message: string }
  /** A file of the project has changed since the run was planned. */
  | { readonly kind: 'changed-file'; readonly path: string }
  | { readonly kind: 'timeout'; readonly seconds: number }
  /** This machine has too few resources for it. */
  | { readonly kind: 'no-resources'; readonly message: string }
  | JobFailure
  /** The store cannot be written, because of a full disk or of missing permissions. */
  | { readonly kind: 'store'; readonly message: string; readonly full: boolean }
  | { readonly kind: 'stopped' };

/** The cluster did not finish the job of the stage. */
export interface JobFailure {
  readonly kind: 'lost' | 'time-limit' | 'out-of-memory' | 'cancelled' | 'rejected';
  readonly message: string;
  readonly advice: string;
}

/** An error of the file system, as the failure of a stage. */
export function storeFailure(problem: Error): Failure {
  return { kind: 'store', message: problem.message, full: isFull(problem) };
}

/** The error of a lookup, or of showing a result. */
export function cacheFailure(problem: Error): Failure {
  if (isFull(problem)) return storeFailure(problem);
  return { kind: 'unreadable-store', message: problem.message };
}

/** Whether another attempt may succeed. A stage gets one only if it declares `retry`. */
export function isRetryable(failure: Failure): boolean {
  switch (failure.kind) {
    case 'stage':
    case 'bug':
    case 'died':
    case 'timeout':
    case 'missing-output':
    case 'lost':
    case 'time-limit':
      return true;
    case 'undeclared-output':
    case 'corrupt-input':
    case 'damaged-output':
    case 'unreadable-store':
    case 'changed-file':
    case 'no-resources':
    case 'store':
    case 'out-of-memory':
    case 'cancelled':
    case 'rejected':
    case 'stopped':
      return false;
    default:
      return unreachable(failure);
  }
}

/** What to do about a bug. */
export const REPORT_IT =
  'report it to the maintainers of lowrank-pipeline, with these lines and what you ran';

/** What to do if the system starts no more processes. */
export const TOO_FEW =
  'this user may have too few processes or threads (ulimit -u); run fewer stages in parallel (--jobs)';

/** Headline first, then lines of detail and advice. */
export function describeFailure(failure: Failure): readonly [string, ...string[]] {
  switch (failure.kind) {
    case 'stage':
      return [
        failure.message,
        ...(failure.stack?.split('\n').slice(1, 6) ?? []),
        ...(failure.advice ? [`help: ${failure.advice}`] : []),
      ];
    case 'bug':
      return [
        `this is a bug in the program: ${failure.message}`,
        ...(failure.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []),
        `help: ${REPORT_IT}`,
      ];
    case 'died':
      return [
        failure.signal
          ? `its process was ended by ${failure.signal}`
          : `its process ended with exit code ${failure.code}`,
        ...(failure.starting ? [`help: it had not started yet: ${TOO_FEW}`] : []),
        ...(failure.signal === 'SIGKILL' && !failure.starting
          ? ['help: the system may have run out of memory']
          : []),
      ];
    case 'missing-output':
      return [`it ended without writing its output "${failure.port}"`];
    case 'undeclared-output':
      return [`it wrote "${failure.path}", which is not a file of a declared output`];
    case 'changed-file':
      return [
        `"${failure.path}" was changed after this run had read it`,
        'help: run again to use the new content',
      ];
    case 'timeout':
      return [
        `it took longer than its timeout of ${failure.seconds} s, and was stopped`,
        'help: set a longer "timeout", or use checkpoints and "retry"',
      ];
    case 'no-resources':
      return [
        failure.message,
        'help: lower its "resources", or run it on a machine that has them (--gpus names the GPUs to use)',
      ];
    case 'corrupt-input':
      return [
        `"${failure.file}" of its input "${failure.port}" was damaged on disk`,
        'help: the damaged file was moved aside; run again to rebuild it',
      ];
    case 'unreadable-store':
      return [
        `the store can't be read: ${failure.message}`,
        'help: check the permissions of the artifacts folder, and its disk',
      ];
    case 'damaged-output':
      return [
        'its result was damaged right after it was stored',
        'help: check the disk of the artifacts folder, and that no other program writes to it',
      ];
    case 'store':
      return [
        failure.full
          ? `the disk is full: ${failure.message}`
          : `the store can't be written: ${failure.message}`,
        failure.full
          ? 'help: free some disk space and run again; finished results are kept'
          : 'help: check that you may write to the artifacts folder',
      ];
    case 'lost':
    case 'time-limit':
    case 'out-of-memory':
    case 'cancelled':
    case 'rejected':
      return [failure.message, `help: ${failure.advice}`];
    case 'stopped':
      return ['it was stopped'];
    default:
      return unreachable(failure);
  }
}
