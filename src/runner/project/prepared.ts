/** The result of planning: what is needed to show a plan and to carry it out. */
import type { Diagnostic } from '../document/diagnostic.ts';
import type { PlanContext } from '../execution/decide.ts';
import type { Plan } from '../execution/plan.ts';
import type { StageId } from '../graph/pipeline.ts';
import type { Lock } from '../history/lock-file.ts';
import type { FileDigests } from '../state/file-digests.ts';
import type { LastPlan } from '../state/last-plan.ts';
import type { FileDigestsByPath, Reads } from '../state/reads.ts';
import type { ChosenFacts } from './project.ts';

export interface Prepared {
  readonly plan: Plan;
  readonly forced: ReadonlySet<StageId>;
  readonly planContext: PlanContext;
  /** What was read of the project's files and of the store, to be saved. */
  readonly stats: FileDigests;
  readonly lock?: Lock;
  readonly chosen: ChosenFacts;
  /** Of the pipeline as a whole, whatever was selected. */
  readonly warnings: readonly Diagnostic[];
  /** The whole paths of the documents and sources that were read or looked for. */
  readonly read: readonly string[];
  /** Files and folders of the project that stages read; paths begin at the pipeline's folder. */
  readonly files: readonly string[];
  /** What the plan was made from, except for the store. Undefined if it was made from more than these. */
  readonly reads?: Reads | undefined;
  /** The rows that the plan was made from. */
  readonly rows?: PlannedRows;
  /** Gives the stages of a plan of rows the places of their parameters, which are in the documents. */
  readonly findPlaces: () => Promise<void>;
}

/** What is known before anything is planned. The facts of the machine depend on what is read. */
export interface Memory {
  readonly planContext: Omit<PlanContext, 'facts'>;
  readonly stats: FileDigests;
}

export interface PlannedRows {
  readonly last: LastPlan;
  /** The project's files as they are now. */
  readonly files: FileDigestsByPath;
  /** The places of the stages that were decided anew. */
  readonly decided: ReadonlySet<number>;
}

export interface PrepareOptions {
  /** Called before stages are decided one by one: most often some of them have to run. */
  readonly onDecide?: () => void;
  /** The plan is carried out at once: then it is not looked again whether results are still on the disk. */
  readonly runsAtOnce?: boolean;
}
