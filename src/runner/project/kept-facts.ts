/** The facts of the machine that the results of a project were made with. */
import type { PlanContext } from '../execution/decide.ts';
import type { Plan } from '../execution/plan.ts';
import type { Fingerprint } from '../key/fingerprint.ts';
import type { Facts } from '../state/reads.ts';
import type { ActionRecord } from '../store/action-cache.ts';

/** Enough to distinguish a trial of a few stages from the results of the project. */
const MOST_COUNTED = 32;
/** Most stages of a pipeline may be commands, which declare no facts. */
const MOST_READ = 64;

/** Of the newest results, the facts that most of them have. Undefined if none of them depends on any. */
export function keptFacts({
  latest,
  actions,
}: Pick<PlanContext, 'latest' | 'actions'>): Facts | undefined {
  const counts = new Map<string, number>();
  let counted = 0;
  for (const { key } of [...latest.all()].slice(-MOST_READ).reverse()) {
    const facts = actions.get(key)?.fingerprint.environment ?? {};
    if (Object.keys(facts).length === 0) continue;
    const text = JSON.stringify(facts);
    counts.set(text, (counts.get(text) ?? 0) + 1);
    if (++counted === MOST_COUNTED) break;
  }
  // Of equal counts, the facts of the newest result: a sort keeps their order.
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most && (JSON.parse(most[0]) as Facts);
}

/** The facts of a result that one of the stages to run has with other facts. */
export function otherFactsOf(
  { decisions, counts }: Plan,
  planContext: Pick<PlanContext, 'actions'>,
): Facts | undefined {
  if (counts.run === 0) return undefined;
  const variantOf = variantsIn(planContext);
  for (const decision of decisions.values()) {
    const variant = decision.kind === 'run' ? variantOf(decision.fingerprint) : undefined;
    if (variant) return variant.fingerprint.environment;
  }
  return undefined;
}

/**
 * Looks for the newest record that differs in the facts alone. If the first stages have none, it stops looking: a sweep
 * of new stages would cost a look into the store for each.
 */
export function variantsIn({
  actions,
}: Pick<PlanContext, 'actions'>): (fingerprint: Fingerprint) => ActionRecord | undefined {
  let misses = 0;
  return (fingerprint) => {
    const isFree = Object.keys(fingerprint.environment).length === 0;
    if (isFree || misses === MOST_COUNTED) return undefined;
    const [newest] = actions.environmentVariants(fingerprint);
    misses = newest ? 0 : misses + 1;
    return newest;
  };
}
