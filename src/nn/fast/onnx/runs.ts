/** Loops over runs of numbers in a memory (`runs.wat`). Addresses and lengths are in bytes. */
import { instantiate } from '../instantiate.ts';
import { runsModule } from './runs-module.ts';

/** What the loops read and write behind a run, in elements of float32. */
export const SPARE = 4;

interface RunLoops {
  /** Copies runs whose addresses are the words at `starts`. */
  join: RunLoop;
  /** Fills each run with one number. */
  fill: RunLoop;
  /** The sum of each run. */
  sum: RunLoop;
}

type RunLoop = (out: number, from: number, count: number, length: number) => void;

export function runLoops(memory: WebAssembly.Memory): RunLoops {
  return instantiate<RunLoops>(runsModule, { runs: { memory } });
}
