/**
 * Accepts the outputs of a stage's newest record for the current key, without running the stage. This is allowed
 * only if code, packages or facts of the machine have changed, since a user may know that these changes do not
 * matter. It is not allowed for other parameters or inputs.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { decideAll, type Outputs, type PlanContext } from '../execution/decide.ts';
import { describeChange } from '../execution/reason.ts';
import type { Pipeline, Stage, StageId } from '../graph/pipeline.ts';
import { type Change, difference } from '../key/difference.ts';
import type { ActionRecord } from '../store/action-cache.ts';
import { isWhole } from '../store/artifact.ts';
import { atOnce } from '../store/flushes.ts';
import { missingOutputs } from './substitute.ts';

export interface Acceptance {
  readonly stage: StageId;
  readonly record: ActionRecord;
}

export interface Refusal {
  readonly stage: StageId;
  readonly why: readonly string[];
}

/** If one stage is refused, nothing is written. Stages that are up to date are skipped. */
export async function accept(
  { stages }: Pipeline,
  targets: ReadonlySet<StageId>,
  planContext: PlanContext,
  time: string,
): Promise<Result<readonly Acceptance[], readonly Refusal[]>> {
  const outputs = new Map<StageId, Outputs>();
  const acceptances: Acceptance[] = [];
  const refusals: Refusal[] = [];
  for (const stage of stages) {
    const known = (id: StageId) => outputs.get(id);
    // One stage at a time, because outputs accepted here are inputs of later stages.
    const decisions = await decideAll([stage], known, planContext, new Set());
    const decision = decisions.get(stage.id)!;
    if (decision.kind === 'hit') outputs.set(stage.id, decision.outputs);
    if (!targets.has(stage.id) || decision.kind === 'hit') continue;
    if (decision.kind === 'pending') {
      const why = decision.on.map((id) => `it depends on ${id}, which is not up to date`);
      refusals.push({ stage: stage.id, why });
      continue;
    }
    const before = newestRecord(stage, planContext);
    const changes = before ? difference(before.fingerprint, decision.fingerprint) : [];
    const why = whyNot(stage, before, changes, planContext);
    if (!before || why.length > 0) {
      refusals.push({ stage: stage.id, why });
      continue;
    }
    const { key, fingerprint } = decision;
    const accepted = { from: before.key, time, changes: changes.map(describeChange) };
    const { cache: _cache, ...provenance } = { ...before.provenance, stage: stage.id, accepted };
    acceptances.push({ stage: stage.id, record: { ...before, key, fingerprint, provenance } });
    outputs.set(stage.id, before.outputs);
  }
  if (refusals.length > 0) return fail(refusals);
  for (const { stage, record } of acceptances) {
    await planContext.cache.publish(record, { replace: false, flushes: atOnce });
    planContext.latest.set({ stage, key: record.key, outputs: record.outputs });
  }
  return ok(acceptances);
}

function newestRecord({ id }: Stage, { latest, actions }: PlanContext): ActionRecord | undefined {
  const entry = latest.earlier(id);
  return entry && actions.get(entry.key);
}

const ACCEPTABLE: ReadonlySet<Change['kind']> = new Set(['code', 'package', 'environment']);

function whyNot(
  stage: Stage,
  before: ActionRecord | undefined,
  changes: readonly Change[],
  { store }: PlanContext,
): readonly string[] {
  if (!before) return ['it has never run, so there is nothing to accept'];
  const other = changes.filter((change) => !ACCEPTABLE.has(change.kind));
  if (other.length > 0) return other.map(describeChange);
  const missing = missingOutputs(stage, before.outputs);
  if (missing.length > 0) return missing.map((port) => `its last result has no output "${port}"`);
  return isWhole(before, store) ? [] : ['its last outputs are no longer in the store'];
}
