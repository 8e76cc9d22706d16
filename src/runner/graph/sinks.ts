/** The stages whose outputs no other stage uses. These are the results of a pipeline. */
import type { Pipeline } from './pipeline.ts';

/** Their names without repetition, in the order of the pipeline. */
export function sinksOf({ stages, ends }: Pipeline): readonly string[] {
  if (ends) return ends;
  const taken = new Set(
    stages.flatMap(({ inputs }) => [...inputs.values()].flat().map((one) => one.stage as string)),
  );
  return [...new Set(stages.filter(({ id }) => !taken.has(id)).map(({ name }) => name))];
}
