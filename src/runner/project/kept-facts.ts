/** The facts of the machine that the results of a project were made with. */
import type { PlanContext } from '../execution/decide.ts';
import type { Plan } from '../execution/plan.ts';
import { type Pipeline, typesIn } from '../graph/pipeline.ts';
import { canonical } from '../key/canonical.ts';
import type { Fingerprint } from '../key/fingerprint.ts';
import type { Facts } from '../state/reads.ts';
import type { ActionRecord } from '../store/action-cache.ts';

/** Enough to distinguish a trial of a few stages from the results of the project. */
const MOST_COUNTED = 32;
/** Most stages of a pipeline may be commands, which declare no facts. */
const MOST_READ = 64;

/** Whether results of the pipeline depend on facts. Those of plain commands do not. */
export function usesFacts(pipeline: Pipeline): boolean {
  return typesIn(pipeline).some(({ environment }) => environment?.length);
}

/** The name in a fact: its first word. A version follows it. */
export function nameInFact(fact: string): string {
  return fact.split(' ', 1)[0]!;
}

/**
 * Of the newest results, the facts that most of them have. Versions of one name count together, and the newest of them
 * is returned. Undefined if no result depends on facts.
 */
export function keptFacts({
  latest,
  actions,
}: Pick<PlanContext, 'latest' | 'actions'>): Facts | undefined {
  const groups = new Map<string, { readonly newest: Facts; count: number }>();
  let counted = 0;
  for (const { key } of [...latest.all()].slice(-MOST_READ).reverse()) {
    const facts = actions.get(key)?.fingerprint.environment ?? {};
    if (Object.keys(facts).length === 0) continue;
    const names = Object.entries(facts).map(([fact, text]) => [fact, nameInFact(text)]);
    const id = canonical(Object.fromEntries(names));
    const group = groups.get(id) ?? { newest: facts, count: 0 };
    groups.set(id, group);
    group.count++;
    if (++counted === MOST_COUNTED) break;
  }
  // Of equal counts, the facts of the newest result: a sort keeps their order.
  const [most] = [...groups.values()].sort((a, b) => b.count - a.count);
  return most?.newest;
}

/** The facts of an existing result of a stage that would run, if only the facts differ. */
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
 * Looks for the newest record that differs in the facts, and in nothing else. If the first stages have none, it stops
 * looking: a sweep of new stages would cost a look into the store for each.
 */
export function variantsIn({
  actions,
}: Pick<PlanContext, 'actions'>): (fingerprint: Fingerprint) => ActionRecord | undefined {
  let misses = 0;
  return (fingerprint) => {
    const { environment } = fingerprint;
    const isFree = Object.keys(environment).length === 0;
    if (isFree || misses === MOST_COUNTED) return undefined;
    const facts = canonical(environment);
    // The stage's own record is among them if the stage is forced, or if its objects are lost.
    const newest = actions
      .environmentVariants(fingerprint)
      .find((record) => canonical(record.fingerprint.environment) !== facts);
    misses = newest ? 0 : misses + 1;
    return newest;
  };
}
