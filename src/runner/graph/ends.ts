/** The stages whose outputs nothing else takes: what a person runs a pipeline for. */
import type { Pipeline } from './pipeline.ts';

/** Their names, each once, in the pipeline's order. */
export function endsOf({ stages, ends }: Pipeline): readonly string[] {
  if (ends) return ends;
  const taken = new Set(
    stages.flatMap(({ inputs }) => [...inputs.values()].flat().map((one) => one.stage as string)),
  );
  return [...new Set(stages.filter(({ id }) => !taken.has(id)).map(({ name }) => name))];
}
