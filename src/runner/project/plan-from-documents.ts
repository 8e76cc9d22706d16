/** Reads a pipeline from its documents and decides each stage. */
import { fail, ok, type Result } from '../../base/result.ts';
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
import { factNames, keptFacts, otherFactsOf } from './kept-facts.ts';
import { loadPipeline } from './load.ts';
import { mayKeepRows } from './plan-from-rows.ts';
import type { Memory, Planned } from './prepared.ts';
import {
  type BadInput,
  badInput,
  type ChosenFacts,
  type KnownFacts,
  type Project,
  type Selection,
} from './project.ts';
import { unlessUnreadable } from './unless-unreadable.ts';

export async function planFromDocuments(
  project: Project,
  selection: Selection,
  memory: Memory,
): Promise<Result<Planned, BadInput>> {
  const recorder = new ReadsRecorder(project);
  const planned = await plan(project, selection, memory, recorder);
  return planned.ok ? planned : fail({ ...planned.error, read: recorder.paths });
}

async function plan(
  project: Project,
  selection: Selection,
  { planContext: known, stats, chooseFacts }: Memory,
  recorder: ReadsRecorder,
): Promise<Result<Planned, BadInput>> {
  const loaded = await loadPipeline(project, selection, recorder);
  if (!loaded.ok) return loaded;
  const { pipeline: whole, sources, codes, backend } = loaded.value;
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
  const locked = selection.locked ? readLock(project.layout) : undefined;
  if (locked && !locked.ok) return locked;
  const lock = locked?.value;
  const gaps = lock ? lockGaps(pipeline, lock, selection) : [];
  if (gaps.length > 0) return fail(badInput(gaps.map((gap) => `${LOCK_NAME}: ${gap}`)));
  const names = factNames(whole);
  const types = typesIn(whole).map(({ name }) => name);
  const decideWith: DecideWith = async (results) => {
    const chosen = await chooseFacts({ backend, names, types, ...results });
    if (!chosen.ok) return fail({ diagnostics: [chosen.error], sources });
    const plain: PlanContext = { ...known, codes, facts: chosen.value.facts };
    const finder = findSubstitute(lock, selection.reuseAcrossBackends ?? false, plain);
    const planContext = { ...plain, ...(finder && { findSubstitute: finder }) };
    const plan = await unlessUnreadable(() => makePlan(pipeline, planContext, forced.value));
    return plan.ok ? ok({ chosen: chosen.value, planContext, plan: plan.value }) : plan;
  };
  const kept = await unlessUnreadable(() => (names.length > 0 ? keptFacts(known) : undefined));
  if (!kept.ok) return kept;
  const decided = await withFewestToRun(kept.value, decideWith);
  if (!decided.ok) return decided;
  const { chosen, planContext, plan } = decided.value;
  // Keeps what was read from the store, so that it is not read again.
  stats.save();
  const read = new Set(
    pipeline.stages.flatMap(({ files }) => [...files.values()].map(({ path }) => path)),
  );
  // Code of the project may read anything.
  const hasOwnTypes = typesIn(pipeline).some(({ module }) => module);
  const keepsRows = mayKeepRows(project, selection) && !hasOwnTypes;
  return ok({
    layout: project.layout,
    plan,
    forced: forced.value,
    planContext,
    stats,
    chosen,
    warnings: whole.warnings ?? [],
    read: recorder.paths,
    files: [...read],
    reads: keepsRows
      ? recorder.reads({ ...selection, facts: planContext.facts }, backend, read, files)
      : undefined,
    findPlaces: async () => undefined,
    ...(lock && { lock }),
  });
}

interface Decided {
  readonly chosen: ChosenFacts;
  readonly planContext: PlanContext;
  readonly plan: Plan;
}

type DecideWith = (
  results: Pick<KnownFacts, 'kept' | 'newest'>,
) => Promise<Result<Decided, BadInput>>;

/**
 * Results of another configuration may be the newest ones. If those of this one were made with other facts, and these
 * can be chosen, fewer stages have to run.
 */
async function withFewestToRun(
  newest: KnownFacts['newest'],
  decideWith: DecideWith,
): Promise<Result<Decided, BadInput>> {
  const first = await decideWith({ kept: newest });
  if (!first.ok) return first;
  const { chosen, planContext, plan } = first.value;
  if (chosen.isNamed || planContext.findSubstitute) return first;
  const made = await unlessUnreadable(() => otherFactsOf(plan, planContext));
  if (!made.ok) return made;
  if (!made.value) return first;
  const second = await decideWith({ kept: { ...newest, ...made.value }, newest });
  if (!second.ok) return second;
  const toRun = ({ plan: { counts } }: Decided): number => counts.run + counts.pending;
  return toRun(second.value) < toRun(first.value) ? second : first;
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
