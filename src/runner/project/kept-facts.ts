/** The facts of the machine that the results of a project were made with. */
import type { PlanContext } from '../execution/decide.ts';
import type { Facts } from '../state/reads.ts';

/** Enough to tell a trial of a few stages from the results of the project. */
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
