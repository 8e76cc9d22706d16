/** How far a change reaches in a pipeline of which only this is known: who takes whose outputs, and who reads which file. */
import { dependenciesOf, type Pipeline } from './pipeline.ts';

/** Stages are numbers: places in the pipeline's order, each after all those that it depends on. */
export interface Wiring {
  readonly ids: readonly string[];
  /** Whose outputs each takes. */
  readonly needs: readonly (readonly number[])[];
  /** Who reads a file or folder of the project. */
  readonly readers: Readonly<Record<string, readonly number[]>>;
}

export function wiringOf({ stages }: Pipeline): Wiring {
  const ids = stages.map(({ id }) => id);
  const numbers = new Map(ids.map((id, number) => [id, number]));
  const needs = stages.map((stage) => [...dependenciesOf(stage)].map((id) => numbers.get(id)!));
  const readers = new Map<string, number[]>();
  for (const [number, { files }] of stages.entries()) {
    for (const { path } of files.values()) {
      const known = readers.get(path);
      if (known) known.push(number);
      else readers.set(path, [number]);
    }
  }
  return { ids, needs, readers: Object.fromEntries(readers) };
}

/** These, all that hang on them, and all that those hang on: a pipeline of its own. */
export function reachOf({ needs }: Wiring, changed: Iterable<number>): ReadonlySet<number> {
  const reached = new Set(changed);
  for (const [number, before] of needs.entries()) {
    if (before.some((one) => reached.has(one))) reached.add(number);
  }
  for (let number = needs.length - 1; number >= 0; number--) {
    if (reached.has(number)) for (const before of needs[number]!) reached.add(before);
  }
  return reached;
}
