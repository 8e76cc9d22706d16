/** Reads a pipeline from its documents and decides each stage. */
import { fail, ok, type Result } from '../../base/result.ts';
import { isSystemError } from '../../base/system-error.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { PlanContext } from '../execution/decide.ts';
import { makePlan, type Plan } from '../execution/plan.ts';
import { type Pipeline, type StageId, typesIn } from '../graph/pipeline.ts';
import { restrict, selectStages } from '../graph/targets.ts';
import { readLock } from '../history/lock-file.ts';
import { LOCK_NAME } from '../history/lock-name.ts';
import { findSubstitute, lockGaps } from '../history/substitute.ts';
import { ReadsRecorder } from '../state/reads.ts';
import type { ProjectFiles } from '../store/project-files.ts';
import { loadPipeline } from './load.ts';
import { mayKeepRows } from './plan-from-rows.ts';
import type { Memory, Prepared } from './prepared.ts';
import { type BadInput, badInput, type Project, type Selection } from './project.ts';

export async function planFromDocuments(
  project: Project,
  selection: Selection,
  memory: Memory,
): Promise<Result<Prepared, BadInput>> {
  const recorder = new ReadsRecorder(project);
  const planned = await plan(project, selection, memory, recorder);
  return planned.ok ? planned : fail({ ...planned.error, read: recorder.paths });
}

async function plan(
  project: Project,
  selection: Selection,
  { planContext: known, stats }: Memory,
  recorder: ReadsRecorder,
): Promise<Result<Prepared, BadInput>> {
  const loaded = await loadPipeline(project, selection, recorder);
  if (!loaded.ok) return loaded;
  const { pipeline: whole, sources, codes } = loaded.value;
  const restricted = restrict(whole, selection.targets);
  if (!restricted.ok) return fail(badInput(restricted.error));
  const pipeline = restricted.value;
  const forced = forcedOf(whole, pipeline, selection);
  if (!forced.ok) return forced;
  const { files } = known;
  const missing = missingFiles(pipeline, files);
  if (missing.size > 0) {
    return fail({ diagnostics: [...missing.values()], sources, absent: [...missing.keys()] });
  }
  stats.save();
  const plain: PlanContext = { ...known, codes };
  const locked = selection.locked ? readLock(project.layout) : undefined;
  if (locked && !locked.ok) return locked;
  const lock = locked?.value;
  const gaps = lock ? lockGaps(pipeline, lock, selection) : [];
  if (gaps.length > 0) return fail(badInput(gaps.map((gap) => `${LOCK_NAME}: ${gap}`)));
  const finder = findSubstitute(lock, selection.reuseAcrossBackends ?? false, plain);
  const planContext = { ...plain, ...(finder && { findSubstitute: finder }) };
  const decided = await planOf(pipeline, planContext, forced.value);
  if (!decided.ok) return decided;
  // Keeps what was read from the store, so that it is not read again.
  stats.save();
  const read = new Set(
    pipeline.stages.flatMap(({ files }) => [...files.values()].map(({ path }) => path)),
  );
  // Code of the project may read anything.
  const hasOwnTypes = typesIn(pipeline).some(({ module }) => module);
  const keepsRows = mayKeepRows(project, selection) && !hasOwnTypes;
  return ok({
    plan: decided.value,
    forced: forced.value,
    planContext,
    stats,
    warnings: whole.warnings ?? [],
    read: recorder.paths,
    files: [...read],
    reads: keepsRows ? recorder.reads(selection, read, files) : undefined,
    findPlaces: async () => undefined,
    ...(lock && { lock }),
  });
}

function forcedOf(
  whole: Pipeline,
  pipeline: Pipeline,
  { forced: asked }: Selection,
): Result<ReadonlySet<StageId>, BadInput> {
  if (asked === 'all') return ok(new Set(pipeline.stages.map(({ id }) => id)));
  const forced = new Set<StageId>();
  const problems: string[] = [];
  for (const text of asked) {
    const selected = selectStages(whole, text);
    if (selected.ok) for (const stage of selected.value) forced.add(stage.id);
    else problems.push(selected.error);
  }
  return problems.length > 0 ? fail(badInput(problems)) : ok(forced);
}

/** Fails if the store exists but can't be read. */
async function planOf(
  pipeline: Pipeline,
  planContext: PlanContext,
  forced: ReadonlySet<StageId>,
): Promise<Result<Plan, BadInput>> {
  try {
    return ok(await makePlan(pipeline, planContext, forced));
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    const message = `the store can't be read: ${problem.message}`;
    const suggestion = 'check the permissions of the artifacts folder, and its disk';
    const diagnostics = [error(message, undefined, { suggestion })];
    return fail({ diagnostics, sources: [], unreadableStore: true });
  }
}

/** By path, with the place of the first stage that needs the file. */
function missingFiles({ stages }: Pipeline, files: ProjectFiles): ReadonlyMap<string, Diagnostic> {
  const missing = new Map<string, Diagnostic>();
  for (const { path, span } of stages.flatMap((stage) => [...stage.files.values()])) {
    const found = files.get(path);
    if (found.ok || missing.has(path)) continue;
    missing.set(path, error(`"${path}" ${found.error}`, span));
  }
  return missing;
}
