/** Why a stage did not come to outputs: plain values that cross processes and are kept. */
import { isFull } from '../store/durable.ts';

export type Failure =
  /** The stage foresaw it (`StageError`), or its code threw (then there is a stack). */
  | {
      readonly kind: 'stage';
      readonly message: string;
      readonly advice?: string;
      readonly stack?: string;
    }
  | { readonly kind: 'died'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'missing-output'; readonly port: string }
  | { readonly kind: 'undeclared-output'; readonly path: string }
  | { readonly kind: 'corrupt-input'; readonly port: string; readonly file: string }
  /** The store could not be written: a full disk, a folder without permission. */
  | { readonly kind: 'store'; readonly message: string; readonly full: boolean }
  | { readonly kind: 'stopped' };

/** The error of a file system as what it means for a stage. */
export function storeFailure(problem: Error): Failure {
  return { kind: 'store', message: problem.message, full: isFull(problem) };
}

/** Headline first, then lines of detail and advice. */
export function describeFailure(failure: Failure): readonly string[] {
  switch (failure.kind) {
    case 'stage':
      return [
        failure.message,
        ...(failure.stack?.split('\n').slice(1, 6) ?? []),
        ...(failure.advice ? [`help: ${failure.advice}`] : []),
      ];
    case 'died':
      return [
        failure.signal
          ? `its process was ended by ${failure.signal}`
          : `its process ended with exit code ${failure.code}`,
        ...(failure.signal === 'SIGKILL' ? ['help: the system may have run out of memory'] : []),
      ];
    case 'missing-output':
      return [`it ended without writing its output "${failure.port}"`];
    case 'undeclared-output':
      return [`it wrote "${failure.path}", which is not a file of a declared output`];
    case 'corrupt-input':
      return [
        `"${failure.file}" of its input "${failure.port}" was damaged on disk`,
        'help: the damaged bytes were moved aside; run again, and the stage that made them is run anew',
      ];
    case 'store':
      return [
        failure.full
          ? `the disk is full: ${failure.message}`
          : `the store can't be written: ${failure.message}`,
        failure.full
          ? 'help: make room on its disk and run again; nothing that was finished is lost'
          : 'help: see that the artifacts folder is one that you may write to',
      ];
    case 'stopped':
      return ['it was stopped'];
  }
}
