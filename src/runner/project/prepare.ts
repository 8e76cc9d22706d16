/**
 * A decision for each stage that a person selects, and what it was made from.
 *
 * The plan comes from the rows of the last plan if all that those were made from is the same. Otherwise the
 * documents are read and expanded. The code for that is loaded only then.
 */
import type { Result } from '../../base/result.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import type { Knowledge } from '../execution/decide.ts';
import type { Plan } from '../execution/plan.ts';
import type { StageId } from '../graph/pipeline.ts';
import type { Lock } from '../history/lock-file.ts';
import { FileDigests } from '../state/file-digests.ts';
import { LastResults } from '../state/last-results.ts';
import type { Reads } from '../state/reads.ts';
import { ActionCache } from '../store/action-cache.ts';
import { collections } from '../store/live-run.ts';
import { ObjectStore } from '../store/object-store.ts';
import { ProjectFiles } from '../store/project-files.ts';
import { type PlannedRows, planFromRows } from './plan-from-rows.ts';
import type { BadInput, Project, Selection } from './project.ts';

export interface Prepared {
  readonly plan: Plan;
  readonly forced: ReadonlySet<StageId>;
  readonly knowledge: Knowledge;
  /** What was read of the project's files and of the store, to be saved. */
  readonly stats: FileDigests;
  readonly lock?: Lock;
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

/** What is known before anything is planned. */
export interface Memory {
  readonly knowledge: Knowledge;
  readonly stats: FileDigests;
}

/** Runs nothing, and writes no result. `onExpand` is called before documents are read. */
export async function prepare(
  project: Project,
  selection: Selection,
  onExpand: () => void = () => undefined,
): Promise<Result<Prepared, BadInput>> {
  const memory = memoryOf(project);
  const prepared = await planFromRows(project, selection, memory, onExpand);
  if (prepared) return { ok: true, value: prepared };
  onExpand();
  const { planFromDocuments } = await import('./plan-from-documents.ts');
  return planFromDocuments(project, selection, memory);
}

function memoryOf({ layout, root, codes, facts, onlyLooks }: Project): Memory {
  // Before anything is looked at: what is found later is at least as new.
  const collected = collections(layout);
  const stats = new FileDigests(layout, !onlyLooks);
  const knowledge: Knowledge = {
    codes,
    facts,
    actions: new ActionCache(layout, stats),
    store: new ObjectStore(layout, stats),
    latest: new LastResults(layout),
    files: new ProjectFiles(root, layout.root, stats),
    collections: collected,
  };
  return { knowledge, stats };
}
