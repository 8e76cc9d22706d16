/** Decides the rows of the last plan that are out of date. Uses the only function that decides. */
import { type Decision, decideAll, type Outputs, type PlanContext } from '../execution/decide.ts';
import { type Plan, wavesOf } from '../execution/plan.ts';
import type { Stage, StageId } from '../graph/pipeline.ts';
import type { LastPlan } from '../state/last-plan.ts';
import { sameOutputs } from '../state/last-results.ts';
import type { PlannedPipeline } from '../state/planned-pipeline.ts';
import type { ResultRow } from '../state/results.ts';

export interface DecidedRows {
  readonly plan: Plan;
  /** The positions of the stages that were decided again. */
  readonly decided: ReadonlySet<number>;
}

/** Undefined if a reason needs the places of parameters, which are in the documents. */
export async function decideRows(
  { results }: LastPlan,
  open: ReadonlySet<number>,
  pipeline: PlannedPipeline,
  planContext: PlanContext,
): Promise<DecidedRows | undefined> {
  const decided = new Map<StageId, Decision>();
  /** Stages whose outputs differ from those of their row. */
  const others = new Set<StageId>();
  const places = new Map(pipeline.stages.map(({ id }, place) => [id, place]));
  const known = (id: StageId): Outputs | undefined => {
    const decision = decided.get(id) ?? hitOf(results[places.get(id)!]!);
    return decision.kind === 'hit' ? decision.outputs : undefined;
  };
  for (const wave of wavesOf(affected(pipeline, open))) {
    const asked = wave.filter(
      (stage) => open.has(places.get(stage.id)!) || takesAny(stage, others),
    );
    for (const [id, decision] of await decideAll(asked, known, planContext, new Set())) {
      const row = results[places.get(id)!]!;
      const stage = pipeline.stages[places.get(id)!]!;
      if (needsPlaces(stage, decision, row, planContext)) return undefined;
      decided.set(id, decision);
      if (decision.kind !== 'hit' || !sameOutputs(decision.outputs, row.outputs)) others.add(id);
    }
  }
  const decisions = new Map<StageId, Decision>();
  const counts = { run: 0, pending: 0, hit: 0 };
  for (const row of results) {
    const decision = decided.get(row.id) ?? hitOf(row);
    decisions.set(row.id, decision);
    counts[decision.kind]++;
  }
  const isShown = (id: StageId): boolean => !decided.has(id);
  const decidedPlaces = new Set([...decided.keys()].map((id) => places.get(id)!));
  return { plan: { pipeline, decisions, counts, isShown }, decided: decidedPlaces };
}

function hitOf({ key, outputs }: ResultRow): Decision {
  return { kind: 'hit', key, outputs };
}

/** The open stages, and everything that depends on them. */
function affected({ stages }: PlannedPipeline, open: ReadonlySet<number>): readonly Stage[] {
  const ids = new Set<StageId>();
  return stages.filter((stage, place) => {
    if (!open.has(place) && !takesAny(stage, ids)) return false;
    ids.add(stage.id);
    return true;
  });
}

function takesAny(stage: Stage, ids: ReadonlySet<StageId>): boolean {
  // Parsing the inputs of a planned stage takes time.
  if (ids.size === 0) return false;
  for (const references of stage.inputs.values()) {
    if (references.some((one) => ids.has(one.stage))) return true;
  }
  return false;
}

/**
 * Whether a reason names a changed parameter, or could name one later. Such reasons are shown with
 * the place of the parameter. A pending stage gets its reasons during the run, by comparison with
 * its last result if that is known.
 */
function needsPlaces(
  stage: Stage,
  decision: Decision,
  row: ResultRow,
  { latest, actions }: PlanContext,
): boolean {
  switch (decision.kind) {
    case 'hit':
      return false;
    case 'run':
      return decision.reasons.some(
        (reason) => 'changes' in reason && reason.changes.some(({ kind }) => kind === 'parameter'),
      );
    case 'pending':
      return latest.get(stage.id)?.key !== row.key || actions.get(row.key) === undefined;
  }
}
