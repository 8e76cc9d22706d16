/** Why a job ended without a result of its stage. Pure. */
import type { JobFailure } from '../failure.ts';
import { isOut, type Job } from './queue.ts';

export interface JobFacts {
  /** The jobs of the task in the queue. Empty: the queue does not have it. */
  readonly jobs: readonly Job[];
  /** The queue has not had it for so long that this is no delay. */
  readonly missing: boolean;
  /** The job has started the program. */
  readonly begun: boolean;
  /** The stage was asked to stop. `progressed`: it wrote a checkpoint. */
  readonly left: { readonly progressed: boolean } | undefined;
  /** Some process holds the lock of the stage's key, so the stage is being built. */
  readonly isHeld: () => boolean;
  /** The end of what the job printed. */
  readonly printed: () => string;
}

/** 'left': the stage was asked to stop. 'unstarted': another stage of the bundle is the cause. */
export type Cause = JobFailure | { readonly kind: 'left' | 'unstarted' };

export type Verdict =
  | { readonly kind: 'wait' }
  /** `whole`: it concerns all stages of the bundle. Otherwise the one that was being built. */
  | { readonly kind: 'ended'; readonly cause: Cause; readonly whole: boolean };

const WAIT: Verdict = { kind: 'wait' };

export function verdictOf(facts: JobFacts): Verdict {
  const { jobs, missing, begun, left, isHeld } = facts;
  if (jobs.some(isOut)) return WAIT;
  const last = jobs.at(-1);
  if (!last) {
    if (!missing || isHeld()) return WAIT;
    return ended(left?.progressed ? { kind: 'left' } : lost('Slurm no longer knows its job'));
  }
  const { id, state, node } = last;
  const name = `its job ${id}${node ? ` on ${node}` : ''}`;
  switch (state) {
    case 'CANCELLED':
      return ended(cancelled(name), true);
    case 'OUT_OF_MEMORY':
      return ended(outOfMemory(name));
    case 'NODE_FAIL':
    case 'BOOT_FAIL':
    case 'PREEMPTED':
    case 'REVOKED':
      if (left?.progressed) return ended({ kind: 'left' });
      return ended(lost(`${name} ended with ${state}`));
    case 'TIMEOUT':
    case 'DEADLINE':
      return ended(left?.progressed ? { kind: 'left' } : timeLimit(name));
    default:
      // It ended by itself. If it was asked to stop before, then because of its time limit.
      if (left) return ended(left.progressed ? { kind: 'left' } : timeLimit(name));
      if (!begun && facts.printed() !== '') return ended(notStarted(name, facts.printed()), true);
      // Without any output, the node may not see new folders of a network disk yet.
      return ended(lost(`${name} ended with ${state} and reported no result${facts.printed()}`));
  }
}

function ended(cause: Cause, whole = false): Verdict {
  return { kind: 'ended', cause, whole };
}

function lost(message: string): JobFailure {
  return {
    kind: 'lost',
    message,
    advice: 'a node may have failed; run again to continue from the last checkpoint',
  };
}

function timeLimit(name: string): JobFailure {
  return {
    kind: 'time-limit',
    message: `${name} reached its time limit`,
    advice: 'set more "time" in its "resources", or use checkpoints',
  };
}

function outOfMemory(name: string): JobFailure {
  return {
    kind: 'out-of-memory',
    message: `${name} needed more memory than it has`,
    advice: 'set more "memory" in its "resources"',
  };
}

function cancelled(name: string): JobFailure {
  return {
    kind: 'cancelled',
    message: `${name} was cancelled outside of this run`,
    advice: 'run again to continue',
  };
}

function notStarted(name: string, printed: string): JobFailure {
  return {
    kind: 'rejected',
    message: `${name} could not start the program${printed}`,
    advice:
      'the program, Node.js and the artifacts folder must have the same paths on the nodes; see "setup" and "wrap" of the profile',
  };
}
