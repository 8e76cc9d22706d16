/** A decision for each stage that a person selects, and what it was made from. */
import { fail, ok, type Result } from '../../base/result.ts';
import { isSystemError } from '../../base/system-error.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { PlanContext } from '../execution/decide.ts';
import { makePlan, type Plan } from '../execution/plan.ts';
import type { Pipeline, StageId } from '../graph/pipeline.ts';
import { restrict, selectStages } from '../graph/targets.ts';
import { LOCK_NAME, type Lock, readLock } from '../history/lock-file.ts';
import { findSubstitute, lockGaps } from '../history/substitute.ts';
import { ActionCache } from '../store/action-cache.ts';
import { LatestIndex } from '../store/latest-index.ts';
import { collections } from '../store/live-run.ts';
import { ObjectStore } from '../store/object-store.ts';
import { ProjectFiles } from '../store/project-files.ts';
import { StatCache } from '../store/stat-cache.ts';
import { type Basis, Readings } from './basis.ts';
import { loadPipeline } from './load.ts';
import { type BadInput, type Project, plainly, type Selection } from './project.ts';
import type { Standing } from './standing.ts';

export interface Prepared {
  readonly plan: Plan;
  readonly forced: ReadonlySet<StageId>;
  readonly planContext: PlanContext;
  /** What was read of the project's files and of the store, to be saved. */
  readonly stats: StatCache;
  readonly lock?: Lock;
  /** What all this hangs on beside the store; where more than these, it is left out. */
  readonly basis?: Basis;
  /** Of the pipeline as a whole, whatever was selected. */
  readonly warnings: readonly Diagnostic[];
  /** What stands beside the plan's stages, and is counted in it. */
  readonly standing?: Standing;
}

/**
 * Reads, expands and plans; runs nothing and writes nothing. Of a pipeline of which stages are known to
 * stand, the others.
 */
export function prepare(
  project: Project,
  selection: Selection,
  standing?: Standing,
): Result<Prepared, BadInput> {
  const readings = new Readings(project);
  const loaded = loadPipeline({ ...project, ...readings.ways }, selection, standing?.open);
  // Somebody edited a text since it was compared with the note: then nothing is known to stand.
  if (standing && !readings.agreeWith(standing.basis)) return prepare(project, selection);
  if (!loaded.ok) return loaded;
  const restricted = restrict(loaded.value.pipeline, selection.targets);
  if (!restricted.ok) return fail(plainly(restricted.error));
  const pipeline = restricted.value;
  const forced = new Set<StageId>();
  const problems: string[] = [];
  for (const text of selection.forced === 'all' ? [] : selection.forced) {
    const selected = selectStages(loaded.value.pipeline, text);
    if (selected.ok) for (const stage of selected.value) forced.add(stage.id);
    else problems.push(selected.error);
  }
  if (problems.length > 0) return fail(plainly(problems));
  if (selection.forced === 'all') for (const stage of pipeline.stages) forced.add(stage.id);
  const { layout, codes, facts } = project;
  // Before anything is looked at: what is found later is at least as new.
  const collected = collections(layout);
  const stats = standing?.stats ?? new StatCache(layout, !project.onlyLooks);
  const files = standing?.files ?? new ProjectFiles(project.root, layout.root, stats);
  const missing = missingFiles(pipeline, files);
  if (missing.size > 0) {
    const { sources } = loaded.value;
    return fail({ diagnostics: [...missing.values()], sources, absent: [...missing.keys()] });
  }
  stats.save();
  const plain: PlanContext = {
    codes,
    facts,
    actions: new ActionCache(layout, stats),
    store: new ObjectStore(layout, stats),
    latest: new LatestIndex(layout),
    files,
    collections: collected,
  };
  const read = selection.locked ? readLock(layout) : undefined;
  if (read && !read.ok) return read;
  const lock = read?.value;
  const gaps = lock ? lockGaps(pipeline, lock, selection) : [];
  if (gaps.length > 0) return fail(plainly(gaps.map((gap) => `${LOCK_NAME}: ${gap}`)));
  const substitute = findSubstitute(lock, selection.reuseAcrossBackends ?? false, plain);
  const planContext = { ...plain, ...(substitute && { findSubstitute: substitute }) };
  const planned = planOf(pipeline, planContext, forced);
  if (!planned.ok) return planned;
  const plan = planned.value;
  // What was read of the store to decide is not read again.
  stats.save();
  const basis = standing?.basis ?? readings.basis(selection, pipeline, files);
  const { warnings = [] } = loaded.value.pipeline;
  const prepared = {
    forced,
    planContext,
    stats,
    warnings,
    ...(lock && { lock }),
    ...(basis && { basis }),
  };
  if (!standing) return ok({ ...prepared, plan });
  const counts = { ...plan.counts, hit: plan.counts.hit + standing.count };
  return ok({ ...prepared, plan: { ...plan, counts }, standing });
}

/** Fails where the store is there and can't be read. */
function planOf(
  pipeline: Pipeline,
  planContext: PlanContext,
  forced: ReadonlySet<StageId>,
): Result<Plan, BadInput> {
  try {
    return ok(makePlan(pipeline, planContext, forced));
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    const message = `the store can't be read: ${problem.message}`;
    const suggestion = 'check the permissions of the artifacts folder, and its disk';
    const diagnostics = [error(message, undefined, { suggestion })];
    return fail({ diagnostics, sources: [], unreadableStore: true });
  }
}

/** By path, each with the place of the first stage that wants it. */
function missingFiles({ stages }: Pipeline, files: ProjectFiles): ReadonlyMap<string, Diagnostic> {
  const told = new Map<string, Diagnostic>();
  for (const { path, span } of stages.flatMap((stage) => [...stage.files.values()])) {
    const found = files.get(path);
    if (found.ok || told.has(path)) continue;
    told.set(path, error(`"${path}" ${found.error}`, span));
  }
  return told;
}
