/**
 * Decides each selected stage, and records what the decisions were made from.
 *
 * The plan is made from the rows of the last plan if everything that they were made from is the
 * same. Otherwise the documents are read and expanded. The code for that is loaded only then.
 */
import type { Result } from '../../base/result.ts';
import { LocalCache } from '../cache/local-cache.ts';
import type { PlanContext } from '../execution/decide.ts';
import { FileDigests } from '../state/file-digests.ts';
import { LastResults } from '../state/last-results.ts';
import { ActionCache } from '../store/action-cache.ts';
import { collectionStamp } from '../store/live-run.ts';
import { ObjectStore } from '../store/object-store.ts';
import { ProjectFiles } from '../store/project-files.ts';
import { planFromRows } from './plan-from-rows.ts';
import type { Memory, Prepared, PrepareOptions } from './prepared.ts';
import type { BadInput, Project, Selection } from './project.ts';

/** Runs nothing, and writes no result. */
export async function prepare(
  project: Project,
  selection: Selection,
  options: PrepareOptions = {},
): Promise<Result<Prepared, BadInput>> {
  const memory = memoryOf(project);
  const prepared = await planFromRows(project, selection, memory, options);
  if (prepared) return { ok: true, value: prepared };
  options.onDecide?.();
  const { planFromDocuments } = await import('./plan-from-documents.ts');
  return planFromDocuments(project, selection, memory);
}

function memoryOf({ layout, root, codes, facts, readOnly, cacheOf }: Project): Memory {
  // Read first, so that everything that is found later is at least as new.
  const collected = collectionStamp(layout);
  const stats = new FileDigests(layout, !readOnly);
  const local = {
    actions: new ActionCache(layout, stats),
    store: new ObjectStore(layout, stats),
    latest: new LastResults(layout),
  };
  const localCache = new LocalCache(layout, local);
  const planContext: PlanContext = {
    codes,
    facts,
    ...local,
    cache: cacheOf?.(localCache) ?? localCache,
    files: new ProjectFiles(root, layout.root, stats),
    collectionStamp: collected,
  };
  return { planContext, stats };
}
