/** The lines about the machine at the top of a plan: the backend, and what a change of it costs. */
import { changedFacts } from './changed-facts.ts';
import { nameInFact, usesFacts } from './kept-facts.ts';
import type { Planned } from './prepared.ts';
import type { Selection } from './project.ts';

export function machineNotes(
  planned: Planned,
  { reuseAcrossBackends }: Selection,
): readonly string[] {
  if (!usesFacts(planned.plan.pipeline)) return [];
  const { notes, isNamed } = planned.chosen;
  const changed = changedFacts(planned);
  if (!changed) return notes;
  const { changes, results } = changed;
  const [count, them] = results === 1 ? ['1 result', 'it'] : [`${results} results`, 'them'];
  const ways = changes.flatMap(({ name, before, after }) => {
    const [kept, now] = [nameInFact(before), nameInFact(after)];
    return name === 'backend' && isNamed && kept !== now
      ? [`keep ${them} with --backend ${kept}`]
      : [];
  });
  if (!reuseAcrossBackends) ways.push(`reuse ${them} with --reuse-across-backends`);
  const what = changes.map(
    ({ name, before, after }) => `the ${name} changed from ${before} to ${after}`,
  );
  const line = `${what.join(', ')}: ${count} will be recomputed`;
  return [...notes, ways.length > 0 ? `${line}; ${[...new Set(ways)].join(', or ')}` : line];
}
