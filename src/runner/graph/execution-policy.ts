/** How a stage is executed: resources, time limit, retries. None of this is part of the key. */
import * as v from 'valibot';
import { check } from '../document/check.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import type { Located } from '../document/located.ts';
import { bytes, seconds } from '../document/quantities.ts';
import type { CommandOptions, Resources } from './stage-type.ts';

export interface ExecutionPolicy extends CommandOptions {
  /** Undefined for the resources of the stage type. */
  readonly resources: Resources | undefined;
  /** Attempts after the first. */
  readonly retries: number;
  /** The wait before the second attempt. Each later wait is twice as long as the last. */
  readonly waitSeconds: number;
  /** The limit for one attempt. */
  readonly timeoutSeconds: number | undefined;
}

export const defaultPolicy: ExecutionPolicy = {
  resources: undefined,
  retries: 0,
  waitSeconds: 0,
  timeoutSeconds: undefined,
  passEnv: [],
  scratch: [],
};

const Count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100));

const WAIT_SECONDS = 5;

const Retry = v.pipe(
  v.union([
    Count,
    v.strictObject({
      times: v.pipe(Count, v.description('The number of retries.')),
      wait: v.optional(seconds(), WAIT_SECONDS),
    }),
  ]),
  v.transform((given) =>
    typeof given === 'number' ? { times: given, wait: WAIT_SECONDS } : given,
  ),
);

const positive = v.pipe(v.number(), v.minValue(0));

/** Checks resolved values. The JSON Schema for editors is generated from it. */
export const ExecutionPolicySchema = v.strictObject({
  resources: v.optional(
    v.strictObject({
      cpu: v.optional(v.pipe(positive, v.description('Cores.'))),
      gpu: v.optional(
        v.pipe(
          positive,
          v.check(
            (value) => value <= 1 || Number.isInteger(value),
            'more than one GPU must be a whole number',
          ),
          v.description('A number of GPUs, or a fraction of one.'),
        ),
      ),
      memory: v.optional(bytes()),
      network: v.optional(v.pipe(positive, v.description('Connections.'))),
      time: v.optional(seconds('A cluster stops an attempt that takes longer. ')),
    }),
  ),
  retry: v.optional(Retry),
  timeout: v.optional(seconds()),
});

/** The variables of `declared` must have been resolved. */
export function readExecutionPolicy(
  declared: Located,
  commandOptions: CommandOptions,
): { policy: ExecutionPolicy; diagnostics: readonly Diagnostic[] } {
  if (declared.kind === 'map' && declared.entries.size === 0) {
    const plain = commandOptions.passEnv.length + commandOptions.scratch.length === 0;
    return {
      policy: plain ? defaultPolicy : { ...defaultPolicy, ...commandOptions },
      diagnostics: [],
    };
  }
  const { value, diagnostics } = check(ExecutionPolicySchema, declared, 'key');
  if (!value) return { policy: defaultPolicy, diagnostics };
  const { resources, retry, timeout } = value;
  return {
    policy: {
      ...commandOptions,
      resources: resources as Resources | undefined,
      retries: retry?.times ?? 0,
      waitSeconds: retry?.wait ?? 0,
      timeoutSeconds: timeout,
    },
    diagnostics,
  };
}
