/**
 * TensorFlow takes as many threads as there are cores, and how it splits its sums, and so the last bits,
 * hangs on their number: it has to be the stage's own, and never what is free at the moment.
 */
import { availableParallelism } from 'node:os';
import { backendNameIn } from './backend-resources.ts';

type Facts = Readonly<Record<string, string>>;

/**
 * For the stages that a sweep has hundreds of: a thread each, so that jobs don't wait for each other's. What is
 * run once a model has all cores.
 */
export function oneThread(facts: Facts): Record<string, string> {
  return threads(facts, 1, 1);
}

/** For a network's convolutions, which go through two halves of a batch at a time: half of the cores for each. */
export function twoHalves(facts: Facts): Record<string, string> {
  return threads(facts, 2, Math.ceil(availableParallelism() / 2));
}

/** `operations` at a time, each on so many threads. */
function threads(facts: Facts, operations: number, ofEach: number): Record<string, string> {
  if (backendNameIn(facts) !== 'tensorflow') return {};
  return { TF_NUM_INTEROP_THREADS: `${operations}`, TF_NUM_INTRAOP_THREADS: `${ofEach}` };
}
