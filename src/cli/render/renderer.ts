/** A way of showing a run's events. */
import type { Event, PlanCounts, StageId } from '../../runner/index.ts';

export interface Renderer {
  show(event: Event): void;
  /** Resolves when all that was shown is written. */
  close(): void | Promise<void>;
}

/** What a renderer may tell besides the events. */
export interface RunView {
  readonly counts: PlanCounts;
  /** Those that are to run, or may be. */
  readonly toRun: () => readonly StageId[];
  /** The names of the stages whose outputs nothing else takes. */
  readonly ends: () => readonly string[];
  /** About the machine: the backend taken, and why. */
  readonly notes: readonly string[];
  /** The artifacts folder as a person would write it. */
  readonly artifacts: string;
  /** Seconds that stages took before. */
  readonly past: () => ReadonlyMap<StageId, number>;
  readonly jobs: number;
  /** Where this run's journal and log lie. */
  readonly folder: string;
}
