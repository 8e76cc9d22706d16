/** The results of a plan that have to be made again only because facts of the machine have changed. */
import type { Reason } from '../execution/reason.ts';
import type { StageId } from '../graph/pipeline.ts';
import type { Prepared } from './prepared.ts';

export interface ChangedFact {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

export interface ChangedFacts {
  readonly changes: readonly ChangedFact[];
  /** How many results have to be made again, or may have to because they depend on such results. */
  readonly results: number;
}

/** Undefined if there are none. */
export function changedFacts({ plan, planContext }: Prepared): ChangedFacts | undefined {
  if (plan.counts.run === 0) return undefined;
  const affected = new Set<StageId>();
  const changes = new Map<string, ChangedFact>();
  for (const [id, decision] of plan.decisions) {
    if (decision.kind === 'run') {
      const found = factsIn(decision.reasons);
      if (found.length > 0) affected.add(id);
      for (const change of found) changes.set(JSON.stringify(change), change);
    }
    if (decision.kind === 'pending') {
      const dependsOnlyOnThese = decision.on.every((one) => affected.has(one));
      if (dependsOnlyOnThese && planContext.latest.get(id)) affected.add(id);
    }
  }
  if (affected.size === 0) return undefined;
  return { changes: [...changes.values()], results: affected.size };
}

/** Empty if anything else has changed too. */
function factsIn(reasons: readonly Reason[]): readonly ChangedFact[] {
  const found: ChangedFact[] = [];
  for (const reason of reasons) {
    if (reason.kind !== 'changed') return [];
    for (const change of reason.changes) {
      if (change.kind !== 'environment') return [];
      const { name, before, after } = change;
      found.push({ name, before: before ?? 'absent', after: after ?? 'absent' });
    }
  }
  return found;
}
