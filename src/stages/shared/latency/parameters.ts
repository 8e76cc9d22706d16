/** What the stages that measure times have in common. */
import * as v from 'valibot';

export const countOf = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));

export const threadsParameter = {
  threads: v.optional(
    v.pipe(countOf(1), v.description('The threads of ONNX Runtime. Default: 1.')),
    1,
  ),
};

export const runsParameter = {
  runs: v.optional(
    v.pipe(countOf(30), v.description('Measured runs of each model and batch after the warm-up.')),
    30,
  ),
};

/** More than any machine has. */
const ALL = 1e6;

export const aloneOnMachine = {
  varies: true,
  // No other stage may run at the same time.
  resources: () => ({ cpu: ALL, network: ALL }),
  // It has all cores, so the engine prepares no other stage meanwhile.
  parallel: true,
} as const;
