/** Decides the rows of the last plan that do not stand, by the one function that decides. */
import { type Decision, decide, type Knowledge, type Outputs } from '../execution/decide.ts';
import type { Plan } from '../execution/plan.ts';
import type { Stage, StageId } from '../graph/pipeline.ts';
import type { LastPlan } from '../state/last-plan.ts';
import { sameOutputs } from '../state/last-results.ts';
import type { ResultRow } from '../state/plan-lines.ts';
import type { PlannedPipeline } from '../state/planned-pipeline.ts';

export interface DecidedRows {
  readonly plan: Plan;
  /** The places of the stages that were decided anew. */
  readonly decided: ReadonlySet<number>;
}

/** Undefined if a decision needs the places of parameters, which are in the documents. */
export function decideRows(
  { rows }: LastPlan,
  open: ReadonlySet<number>,
  pipeline: PlannedPipeline,
  knowledge: Knowledge,
): DecidedRows | undefined {
  const decisions = new Map<StageId, Decision>();
  const counts = { run: 0, pending: 0, hit: 0 };
  /** Stages whose outputs are not those of their row, and what is known of them. */
  const others = new Map<StageId, Outputs | undefined>();
  const decided = new Set<number>();
  const known = (id: StageId): Outputs | undefined => {
    const decision = decisions.get(id);
    return decision?.kind === 'hit' ? decision.outputs : undefined;
  };
  for (const [place, stage] of pipeline.stages.entries()) {
    const { row } = rows[place]!;
    if (!open.has(place) && !takesAnyOf(stage, others)) {
      decisions.set(stage.id, { kind: 'hit', key: row.key, outputs: row.outputs });
      counts.hit++;
      continue;
    }
    decided.add(place);
    const decision = decide(stage, known, knowledge, false);
    if (needsPlaces(stage, decision, row, knowledge)) return undefined;
    decisions.set(stage.id, decision);
    counts[decision.kind]++;
    const outputs = decision.kind === 'hit' ? decision.outputs : undefined;
    if (!outputs || !sameOutputs(outputs, row.outputs)) others.set(stage.id, outputs);
  }
  const unknown = new Set(Array.from(decided, (place) => pipeline.stages[place]!.id));
  const isShown = (id: StageId): boolean => !unknown.has(id);
  return { plan: { pipeline, decisions, counts, isShown }, decided };
}

function takesAnyOf(stage: Stage, others: ReadonlyMap<StageId, unknown>): boolean {
  if (others.size === 0) return false;
  for (const references of stage.inputs.values()) {
    if (references.some((one) => others.has(one.stage))) return true;
  }
  return false;
}

/**
 * Whether a reason has a changed parameter, or could get one: those are shown with their places. A pending stage gets
 * its reasons during the run, and is then compared with its own past if that is known.
 */
function needsPlaces(
  stage: Stage,
  decision: Decision,
  row: ResultRow,
  { latest, actions }: Knowledge,
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
