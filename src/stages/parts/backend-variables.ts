/**
 * TensorFlow takes as many threads as there are cores, and how it splits its sums, and so the last bits,
 * hangs on their number: it has to be the stage's own, and never what is free at the moment.
 */
import { backendNameIn } from './backend-resources.ts';

/**
 * For the stages that a sweep has hundreds of: a thread each, so that jobs don't wait for each other's. What is
 * run once a model has all cores.
 */
export function oneThread(facts: Readonly<Record<string, string>>): Record<string, string> {
  return backendNameIn(facts) === 'tensorflow' ? { TF_NUM_INTRAOP_THREADS: '1' } : {};
}
