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

/** The facts that results of the pipeline depend on. Those of plain commands depend on none. */
export function factNames(pipeline: Pipeline): readonly string[] {
  return [...new Set(typesIn(pipeline).flatMap(({ environment = [] }) => environment))];
}

/** The name in a fact: its first word. A version follows it. */
export function nameInFact(fact: string): string {
  return fact.split(' ', 1)[0]!;
}

/**
 * Of the newest results, the value of each fact that most of them have. Versions of one name count together, and the
 * newest of them is returned. Undefined if no result depends on facts.
 */
export function keptFacts({
  latest,
  actions,
}: Pick<PlanContext, 'latest' | 'actions'>): Facts | undefined {
  const groups = new Map<string, Map<string, { readonly newest: string; count: number }>>();
  let counted = 0;
  for (const { key } of latest.allEarlier().slice(-MOST_READ).reverse()) {
    const facts = actions.get(key)?.fingerprint.environment ?? {};
    if (Object.keys(facts).length === 0) continue;
    for (const [fact, text] of Object.entries(facts)) {
      const ofFact = groups.get(fact) ?? new Map();
      groups.set(fact, ofFact);
      const group = ofFact.get(nameInFact(text)) ?? { newest: text, count: 0 };
      ofFact.set(nameInFact(text), group);
      group.count++;
    }
    if (++counted === MOST_COUNTED) break;
  }
  if (groups.size === 0) return undefined;
  const most = [...groups].map(([fact, ofFact]) => {
    // Of equal counts, that of the newest result: a sort keeps their order.
    const [first] = [...ofFact.values()].sort((a, b) => b.count - a.count);
    return [fact, first!.newest];
  });
  return Object.fromEntries(most);
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
