/**
 * By default TensorFlow uses as many threads as there are cores. The number decides how it splits its sums,
 * and so the last bits of the results. It must be the number of the stage, and never the number of free cores.
 */
import { availableParallelism } from 'node:os';
import { backendNameIn } from './backend-resources.ts';

type Facts = Readonly<Record<string, string>>;

/**
 * For stages with hundreds of instances in a sweep: one thread each, so that parallel jobs do not wait for
 * each other's threads. Stages that run once per model use all cores.
 */
export function oneThread(facts: Facts): Record<string, string> {
  return threads(facts, 1, 1);
}

/** For the convolutions of a network, which process two halves of a batch in parallel: half of the cores for each. */
export function twoHalves(facts: Facts): Record<string, string> {
  return threads(facts, 2, Math.ceil(availableParallelism() / 2));
}

/** `operations` in parallel, each with this number of threads. */
function threads(facts: Facts, operations: number, ofEach: number): Record<string, string> {
  if (backendNameIn(facts) !== 'tensorflow') return {};
  return { TF_NUM_INTEROP_THREADS: `${operations}`, TF_NUM_INTRAOP_THREADS: `${ofEach}` };
}
