/** Shows the events of a run. */
import type { Event, InstanceNames, PlanCounts, StageId } from '../../runner/index.ts';

export interface Renderer {
  show(event: Event): void;
  /** Resolves when everything that was shown is written. */
  close(): void | Promise<void>;
}

/** The information that a renderer needs besides the events. */
export interface RunView {
  readonly counts: PlanCounts;
  readonly names: InstanceNames;
  /** Report each instance of a stage, no matter how many there are. */
  readonly long: boolean;
  /** Stages that will or may run. */
  readonly toRun: () => readonly StageId[];
  /** The names of the stages whose outputs no other stage uses. */
  readonly ends: () => readonly string[];
  /** Notes about the machine: the chosen backend, and why. */
  readonly notes: readonly string[];
  /** Those of the notes that are also shown if nothing has to run. */
  readonly standingNotes: readonly string[];
  /** The folder with the newest outputs of each stage, relative to the current one. */
  readonly latest: string;
  /** Durations of earlier runs, in seconds. */
  readonly past: () => ReadonlyMap<StageId, number>;
  readonly jobs: number;
  /** The folder of this run's journal and log. */
  readonly folder: string;
}
