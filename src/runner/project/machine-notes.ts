/** The lines about the machine at the top of a plan: the backend, and what a change of it costs. */
import { factNames, nameInFact } from './kept-facts.ts';
import type { Planned } from './prepared.ts';
import type { Selection } from './project.ts';

export async function machineNotes(
  planned: Planned,
  { reuseAcrossBackends }: Selection,
): Promise<readonly string[]> {
  const { plan } = planned;
  if (factNames(plan.pipeline).length === 0) return [];
  const { notes, isNamed } = planned.chosen;
  if (plan.counts.run === 0) return notes;
  // It loads a YAML writer, which a run with nothing to do does not need.
  const { changedFacts } = await import('./changed-facts.ts');
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
  if (reuseAcrossBackends === false) ways.push(`reuse ${them} with --reuse-across-backends`);
  const what = changes.map(
    ({ name, before, after }) => `the ${name} changed from ${before} to ${after}`,
  );
  const line = `${what.join(', ')}: ${count} will be recomputed`;
  return [...notes, ways.length > 0 ? `${line}; ${[...new Set(ways)].join(', or ')}` : line];
}
