/** The results of a plan that have to be made again only because facts of the machine have changed. */
import type { Decision } from '../execution/decide.ts';
import type { StageId } from '../graph/pipeline.ts';
import { type Change, difference } from '../key/difference.ts';
import type { Fingerprint } from '../key/fingerprint.ts';
import type { ActionRecord } from '../store/action-cache.ts';
import { variantsIn } from './kept-facts.ts';
import type { Planned } from './prepared.ts';

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
export function changedFacts({ plan, planContext }: Planned): ChangedFacts | undefined {
  if (plan.counts.run === 0) return undefined;
  const affected = new Set<StageId>();
  const changes = new Map<string, ChangedFact>();
  const variantOf = variantsIn(planContext);
  for (const [id, decision] of plan.decisions) {
    if (decision.kind === 'run') {
      const found = changesOf(decision, variantOf);
      if (found.length > 0) affected.add(id);
      for (const change of found) changes.set(JSON.stringify(change), change);
    }
    if (decision.kind === 'pending') {
      const dependsOnlyOnThese = decision.on.every((one) => affected.has(one));
      if (dependsOnlyOnThese && planContext.latest.earlier(id)) affected.add(id);
    }
  }
  if (affected.size === 0) return undefined;
  return { changes: [...changes.values()], results: affected.size };
}

/** The changed facts if the stage has a result that differs in nothing else, newest or not. */
function changesOf(
  { reasons, fingerprint }: Extract<Decision, { kind: 'run' }>,
  variantOf: (fingerprint: Fingerprint) => ActionRecord | undefined,
): readonly ChangedFact[] {
  const changes = reasons.flatMap((reason) => (reason.kind === 'changed' ? reason.changes : []));
  if (changes.length === 0) return [];
  const found = factsIn(changes);
  if (found.length === changes.length) return found;
  const variant = variantOf(fingerprint);
  return variant ? factsIn(difference(variant.fingerprint, fingerprint)) : [];
}

function factsIn(changes: readonly Change[]): readonly ChangedFact[] {
  return changes.flatMap((change) => {
    if (change.kind !== 'environment') return [];
    const { name, before, after } = change;
    return [{ name, before: before ?? 'absent', after: after ?? 'absent' }];
  });
}
