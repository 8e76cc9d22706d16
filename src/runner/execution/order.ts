/**
 * One attempt at a stage, as plain data.
 *
 * An order has no functions and no part of the graph, so it can be sent to another process as JSON.
 * That process needs only the store, the files of the project and an executor.
 */
import type { Stage, StageId } from '../graph/pipeline.ts';
import type { CommandOptions, Resources } from '../graph/stage-type.ts';
import type { Fingerprint, StageKey } from '../key/fingerprint.ts';
import type { Decision } from './decide.ts';
import type { Reason } from './reason.ts';
import { resourcesOf, type Share } from './resource-pool.ts';

export type RunDecision = Extract<Decision, { kind: 'run' }>;

export interface Order extends Work {
  readonly key: StageKey;
  readonly reasons: readonly Reason[];
  /** Build the stage even if its results are in the store. */
  readonly forced: boolean;
  readonly run: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The file for everything that the stage prints. The path begins at the folder of the run. */
  readonly log: string;
}

/** What an executor computes, and from which inputs. The reproducibility check needs only this. */
export interface Work {
  readonly stage: OrderedStage;
  /** It also has the stage's type, its parameters, the digests of its inputs, and the facts of the machine. */
  readonly fingerprint: Fingerprint;
  readonly limits: Limits;
  readonly granted: Granted;
}

/** The part of a stage that is not in its fingerprint. */
export interface OrderedStage {
  readonly id: StageId;
  /** Where to load a stage type of the project from. Undefined for built-in types. */
  readonly module?: string;
  /** The stage is a command. See `StageType.open`. */
  readonly open?: true;
  /** The ports, in the order of their declaration. */
  readonly outputs: readonly string[];
  /** A file or folder of the project, by port. */
  readonly files: Readonly<Record<string, string>>;
  /** Environment variables for its process. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly commandOptions: CommandOptions;
}

/** What the stage asks for, and how long one attempt may take. */
export interface Limits {
  readonly resources: Resources;
  readonly timeoutSeconds?: number;
}

/** The part of the machine that the run's scheduler gave to this attempt. */
export interface Granted {
  /** 'free': every core that no other stage wants when the stage starts. */
  readonly cores: number | 'free';
  /** The names that CUDA_VISIBLE_DEVICES takes. Empty if the stage asked for none. */
  readonly gpus: readonly string[];
}

export interface AttemptOptions extends Pick<Order, 'run' | 'attempt' | 'log'> {
  readonly share: Share;
  readonly facts: Readonly<Record<string, string>>;
}

export function orderOf(
  stage: Stage,
  { key, fingerprint, reasons }: RunDecision,
  { run, attempt, log, share, facts }: AttemptOptions,
): Order {
  const forced = reasons.some((reason) => reason.kind === 'forced');
  return { ...workOf(stage, fingerprint, share, facts), key, reasons, forced, run, attempt, log };
}

export function workOf(
  stage: Stage,
  fingerprint: Fingerprint,
  share: Share,
  facts: Readonly<Record<string, string>>,
): Work {
  const { type, policy } = stage;
  const { passEnv, scratch, timeoutSeconds } = policy;
  // Entries become properties, even if a port is named `__proto__`.
  const files = Object.fromEntries([...stage.files].map(([port, { path }]) => [port, path]));
  return {
    stage: {
      id: stage.id,
      ...(type.module !== undefined && { module: type.module }),
      ...(type.open && { open: true }),
      outputs: Object.keys(stage.outputs),
      files,
      ...(type.variables && { variables: type.variables(fingerprint.environment) }),
      commandOptions: { passEnv, scratch },
    },
    fingerprint,
    limits: {
      resources: resourcesOf(stage, facts),
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    },
    granted: { cores: coresOf(stage, share), gpus: share.gpus },
  };
}

function coresOf({ type, policy }: Stage, { needs }: Share): Granted['cores'] {
  if (policy.resources?.cpu !== undefined) return Math.max(1, Math.floor(needs.cpu));
  return type.parallel ? 'free' : 1;
}
