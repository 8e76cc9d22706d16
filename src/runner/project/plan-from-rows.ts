/**
 * Makes a plan from the rows of the last one. A row is up to date if everything that its decision
 * was made from is the same: the files that it reads, its inputs, and its result on the disk. All
 * other rows are decided again, by the only function that decides.
 */
import { expectSystemError, unlessRefused } from '../../base/system-error.ts';
import type { Decision, PlanContext } from '../execution/decide.ts';
import type { StageId } from '../graph/pipeline.ts';
import { LastPlan } from '../state/last-plan.ts';
import { sameOutputs } from '../state/last-results.ts';
import { PlannedPipeline } from '../state/planned-pipeline.ts';
import { isPresent } from '../state/presence.ts';
import { digestsOf, type FileDigestsByPath, isSameRequest, pathsOf } from '../state/reads.ts';
import type { ResultRow } from '../state/results.ts';
import type { Layout } from '../store/layout.ts';
import type { DecidedRows } from './decide-rows.ts';
import type { Memory, Planned, PrepareOptions } from './prepared.ts';
import type { Project, Selection } from './project.ts';

/**
 * Whether plans for this selection are stored as rows. They are if such a plan depends only on its
 * reads.
 */
export function mayKeepRows({ program }: Project, selection: Selection): boolean {
  const { locked, reuseAcrossBackends, forced } = selection;
  return program !== undefined && !locked && !reuseAcrossBackends && forced.length === 0;
}

/** Undefined if the documents have to be read. */
export async function planFromRows(
  project: Project,
  selection: Selection,
  { planContext: known, stats, chooseFacts }: Memory,
  { onDecide, runsAtOnce = false }: PrepareOptions,
): Promise<Planned | undefined> {
  if (!mayKeepRows(project, selection)) return undefined;
  const { layout } = project;
  const last = LastPlan.read(layout);
  if (!last) return undefined;
  const { backend, facts: kept } = last.head.reads;
  const chosen = await chooseFacts({ backend, kept, names: Object.keys(kept) });
  // A document may name another backend now.
  if (!chosen.ok) return undefined;
  const { facts } = chosen.value;
  if (!isSameRequest(last.head.reads, project, { ...selection, facts })) return undefined;
  const planContext: PlanContext = { ...known, facts };
  const files = digestsOf(Object.keys(last.files), planContext.files);
  if (!files) return undefined;
  const pipeline = new PlannedPipeline(last);
  // If the store can't be read, planning from the documents reports it.
  const open = unlessRefused(() => openRows(last, files, pipeline, planContext, layout));
  if (!open) return undefined;
  if (open.size > 0) onDecide?.();
  const rows = await decisionsOf(last, open, pipeline, planContext);
  if (!rows) return undefined;
  stats.save();
  const { isShown: _isShown, ...later } = rows.plan;
  const isDone = rows.decided.size === 0;
  return {
    layout,
    plan: runsAtOnce ? { ...rows.plan, isDone } : later,
    forced: new Set(),
    planContext,
    stats,
    chosen: chosen.value,
    warnings: last.head.warnings,
    read: pathsOf(last.head.reads.texts, project),
    files: Object.keys(files),
    reads: { ...last.head.reads, files },
    rows: { last, files, decided: rows.decided },
    findPlaces: async () => {
      const { loadPipeline } = await import('./load.ts');
      const loaded = await loadPipeline(project, selection);
      if (!loaded.ok) return;
      const declared = loaded.value.pipeline.stages.map(
        ({ id, declared }) => [id, declared!] as const,
      );
      pipeline.places = new Map(declared);
    },
  };
}

/** The positions of the rows in which anything but their inputs has changed. */
function openRows(
  { results, files: filesBefore, newest }: LastPlan,
  files: FileDigestsByPath,
  pipeline: PlannedPipeline,
  { latest }: PlanContext,
  layout: Layout,
): ReadonlySet<number> {
  const open = new Set<number>();
  const changed = new Set(Object.keys(files).filter((path) => files[path] !== filesBefore[path]));
  // Another configuration may have recorded newer results.
  const areNewest = newest !== undefined && latest.isAsAt(newest);
  const here = layout.fromHere();
  for (const [place, row] of results.entries()) {
    const reads =
      changed.size > 0 &&
      [...pipeline.stages[place]!.files.values()].some(({ path }) => changed.has(path));
    const isUpToDate = !reads && (areNewest || isNewest(row, latest)) && isPresent(row, here);
    if (!isUpToDate) open.add(place);
  }
  return open;
}

function isNewest({ id, key, outputs, note }: ResultRow, latest: PlanContext['latest']): boolean {
  const newest = latest.get(id);
  // Without either, it is not known what `latest/` shows.
  const isShownKnown = newest?.shown !== undefined || note !== undefined;
  return newest?.key === key && sameOutputs(newest.outputs, outputs) && isShownKnown;
}

async function decisionsOf(
  last: LastPlan,
  open: ReadonlySet<number>,
  pipeline: PlannedPipeline,
  planContext: PlanContext,
): Promise<DecidedRows | undefined> {
  if (open.size > 0) {
    const { decideRows } = await import('./decide-rows.ts');
    return decideRows(last, open, pipeline, planContext).catch(expectSystemError);
  }
  const decisions = new Map<StageId, Decision>();
  for (const { id, key, outputs } of last.results) {
    decisions.set(id, { kind: 'hit', key, outputs });
  }
  const counts = { run: 0, pending: 0, hit: decisions.size };
  return { plan: { pipeline, decisions, counts, isShown: () => true }, decided: open };
}
