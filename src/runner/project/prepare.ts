/**
 * Decides each selected stage, and records what the decisions were made from.
 *
 * The plan is made from the rows of the last plan if everything that they were made from is the
 * same. Otherwise the documents are read and expanded. The code for that is loaded only then.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { LocalCache } from '../cache/local-cache.ts';
import { RemoteCache } from '../cache/remote-cache.ts';
import { FileDigests } from '../state/file-digests.ts';
import { LastResults } from '../state/last-results.ts';
import { ActionCache } from '../store/action-cache.ts';
import { collectionStamp } from '../store/live-run.ts';
import { ObjectStore } from '../store/object-store.ts';
import { ProjectFiles } from '../store/project-files.ts';
import { layoutFor } from './edition.ts';
import { machineNotes } from './machine-notes.ts';
import { planFromRows } from './plan-from-rows.ts';
import type { Memory, Planned, Prepared, PrepareOptions } from './prepared.ts';
import type { BadInput, Project, Selection } from './project.ts';
import { unlessUnreadable } from './unless-unreadable.ts';

/** Runs nothing, and writes no result. */
export async function prepare(
  project: Project,
  selection: Selection,
  options: PrepareOptions = {},
): Promise<Result<Prepared, BadInput>> {
  const planned = await planOf(project, selection, options);
  if (!planned.ok) return planned;
  const { value } = planned;
  const notes = await unlessUnreadable(() => machineNotes(value, selection));
  if (!notes.ok) return fail({ ...notes.error, read: value.read });
  const warnings = value.planContext.cache.takeWarnings?.() ?? [];
  return ok({ ...value, notes: [...notes.value, ...warnings.map((text) => `warning: ${text}`)] });
}

async function planOf(
  project: Project,
  selection: Selection,
  options: PrepareOptions,
): Promise<Result<Planned, BadInput>> {
  const edition = { ...project, layout: layoutFor(project, selection) };
  const memory = memoryOf(edition);
  const planned = await planFromRows(edition, selection, memory, options);
  if (planned) return ok(planned);
  options.onDecide?.();
  const { planFromDocuments } = await import('./plan-from-documents.ts');
  return planFromDocuments(edition, selection, memory);
}

function memoryOf(project: Project): Memory {
  const { layout, root, codes, readOnly, remote, cacheOf, chooseFacts } = project;
  // Read first, so that everything that is found later is at least as new.
  const collected = collectionStamp(layout);
  const stats = new FileDigests(layout, !readOnly);
  const local = {
    actions: new ActionCache(layout, stats),
    store: new ObjectStore(layout, stats),
    latest: new LastResults(layout),
  };
  const localCache = new LocalCache(layout, local);
  const cache = remote ? new RemoteCache(localCache, local, remote) : localCache;
  const planContext = {
    codes,
    ...local,
    cache: cacheOf?.(localCache) ?? cache,
    files: new ProjectFiles(root, layout.root, stats),
    collectionStamp: collected,
  };
  return { planContext, stats, chooseFacts: chooseFacts() };
}
