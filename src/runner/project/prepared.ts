/** The result of planning: everything that is needed to show a plan and to execute it. */
import type { Diagnostic } from '../document/diagnostic.ts';
import type { PlanContext } from '../execution/decide.ts';
import type { Plan } from '../execution/plan.ts';
import type { StageId } from '../graph/pipeline.ts';
import type { Lock } from '../history/lock-file.ts';
import type { FileDigests } from '../state/file-digests.ts';
import type { LastPlan } from '../state/last-plan.ts';
import type { FileDigestsByPath, Reads } from '../state/reads.ts';
import type { Layout } from '../store/layout.ts';
import type { ChooseFacts, ChosenFacts } from './project.ts';

export interface Prepared extends Planned {
  /** Lines about the machine: the backend, and what a change of it costs. None if no stage depends on facts. */
  readonly notes: readonly string[];
}

export interface Planned {
  /** Its newest results are those of the selected edition. */
  readonly layout: Layout;
  readonly plan: Plan;
  readonly forced: ReadonlySet<StageId>;
  readonly planContext: PlanContext;
  /** The digests that were computed, to be saved. */
  readonly stats: FileDigests;
  readonly lock?: Lock;
  readonly chosen: ChosenFacts;
  /** Warnings about the whole pipeline, whatever was selected. */
  readonly warnings: readonly Diagnostic[];
  /** The absolute paths of the documents and sources that were read or looked for. */
  readonly read: readonly string[];
  /** Files and folders of the project that stages read, relative to the folder of the pipeline. */
  readonly files: readonly string[];
  /**
   * Everything that the plan was made from, except for the store. Undefined if not everything is
   * known.
   */
  readonly reads?: Reads | undefined;
  /** The rows that the plan was made from. */
  readonly rows?: PlannedRows;
  /**
   * Adds the places of the parameters to the stages of a plan from rows. It reads the documents.
   */
  readonly findPlaces: () => Promise<void>;
}

/** What is known before planning. The facts of the machine depend on what is read. */
export interface Memory {
  readonly planContext: Omit<PlanContext, 'facts'>;
  readonly stats: FileDigests;
  readonly chooseFacts: ChooseFacts;
}

export interface PlannedRows {
  readonly last: LastPlan;
  /** The files of the project as they are now. */
  readonly files: FileDigestsByPath;
  /** The positions of the stages that were decided again. */
  readonly decided: ReadonlySet<number>;
}

export interface PrepareOptions {
  /** Called before stages are decided one by one, because then some of them usually have to run. */
  readonly onDecide?: () => void;
  /**
   * The plan is executed at once, so it need not check again whether results are still on the disk.
   */
  readonly runsAtOnce?: boolean;
}
