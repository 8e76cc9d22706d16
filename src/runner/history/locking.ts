/** Creates a lock from a plan, and compares a lock with a plan. */
import { fail, ok, type Result } from '../../base/result.ts';
import type { PlanContext } from '../execution/decide.ts';
import type { Plan } from '../execution/plan.ts';
import { placeChanges } from '../execution/reason.ts';
import { difference } from '../key/difference.ts';
import { type Lock, type LockedStage, lockedStage } from './lock-file.ts';
import { type Sentence, sentencesOfChanges } from './sentence.ts';
import { snapshotInPlan } from './stage-snapshot.ts';

/** Fails with the stages that are not up to date, because a lock can only contain existing outputs. */
export function lockedStages(
  { pipeline, decisions }: Plan,
  { actions }: PlanContext,
): Result<Lock['stages'], readonly string[]> {
  const stages: Record<string, LockedStage> = {};
  const missing: string[] = [];
  for (const { id } of pipeline.stages) {
    const decision = decisions.get(id)!;
    const record = decision.kind === 'hit' ? actions.get(decision.key) : undefined;
    if (record) stages[id] = lockedStage(record.key, record.fingerprint, record.outputs);
    else missing.push(id);
  }
  return missing.length > 0 ? fail(missing) : ok(stages);
}

export interface LockDifference {
  readonly stage: string;
  readonly kind:
    | 'not locked'
    | 'not in the pipeline'
    | 'not up to date'
    | 'other key'
    | 'other outputs';
  readonly sentences: readonly Sentence[];
}

export function compareLock(lock: Lock, plan: Plan, planContext: PlanContext): LockDifference[] {
  const differences: LockDifference[] = [];
  for (const stage of plan.pipeline.stages) {
    const locked = lock.stages[stage.id];
    if (!locked) {
      differences.push({ stage: stage.id, kind: 'not locked', sentences: [] });
      continue;
    }
    const { key, outputs, fingerprint } = snapshotInPlan(stage, plan, planContext);
    if (key === locked.key) {
      const same =
        outputs && JSON.stringify(sorted(outputs)) === JSON.stringify(sorted(locked.outputs));
      const kind = outputs ? 'other outputs' : 'not up to date';
      if (!same) differences.push({ stage: stage.id, kind, sentences: [] });
      continue;
    }
    const before = planContext.actions.get(locked.key)?.fingerprint;
    const after = key === undefined ? undefined : fingerprint();
    const changes =
      before && after ? placeChanges(difference(before, after), stage, new Map()) : [];
    const sentences = sentencesOfChanges(changes, planContext.store, false);
    const kind = key === undefined ? 'not up to date' : 'other key';
    differences.push({ stage: stage.id, kind, sentences });
  }
  for (const id of Object.keys(lock.stages)) {
    if ([...plan.pipeline.byId.keys()].some((known) => known === id)) continue;
    differences.push({ stage: id, kind: 'not in the pipeline', sentences: [] });
  }
  return differences;
}

function sorted(outputs: LockedStage['outputs']): [string, string][] {
  return Object.entries(outputs).sort(([a], [b]) => (a < b ? -1 : 1));
}
