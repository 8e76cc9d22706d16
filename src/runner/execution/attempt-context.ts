/** What an attempt at a stage is given, and what comes of it. */
import type { Flushes } from '../store/flushes.ts';
import type { FreshLook } from '../store/fresh-look.ts';
import type { Layout } from '../store/layout.ts';
import type { Decision, Outputs, PlanContext } from './decide.ts';
import type { Emit } from './event.ts';
import type { Executor } from './executor.ts';
import type { Share } from './resource-pool.ts';

export type RunDecision = Extract<Decision, { kind: 'run' }>;

export interface AttemptContext {
  readonly run: string;
  readonly layout: Layout;
  readonly planContext: PlanContext;
  readonly executor: Executor;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Cores that no other stage of this run wants now, at least one. */
  readonly freeCores: () => number;
  /** For results that took but a moment. */
  readonly flushLater: Flushes;
  /** Resolves once no collection of garbage can come between; see `store/live-run.ts`. */
  readonly beLive: () => Promise<unknown>;
  readonly freshLook: FreshLook;
  /** What the scheduler gave to this attempt. */
  readonly share: Share;
  /** The log of the next attempt in this run, in the folder of the run. */
  readonly nextLog: () => string;
  /** 1, or more where it is tried again. */
  readonly attempt: number;
}

export interface Attempted {
  readonly outputs: Outputs;
  /** False where another process made the outputs while this one waited. */
  readonly executed: boolean;
  /** How long it took, here or there. */
  readonly seconds: number;
}
