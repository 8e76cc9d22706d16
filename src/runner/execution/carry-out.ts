/** One execution of a stage in its workspace: inputs laid, executed in its time; commits nothing. */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Stage } from '../graph/pipeline.ts';
import type { Digest } from '../key/digest.ts';
import type { Fingerprint } from '../key/fingerprint.ts';
import { readArtifact } from '../store/artifact.ts';
import type { Workspace } from '../store/workspace.ts';
import type { AttemptContext } from './attempt-context.ts';
import type { PlanContext } from './decide.ts';
import type { Executor, Invocation, StageNews } from './executor.ts';
import type { Failure } from './failure.ts';
import { after } from './timer.ts';

export type CarryOutContext = Pick<
  AttemptContext,
  'planContext' | 'executor' | 'signal' | 'emit' | 'freeCores' | 'share'
>;

export interface Execution {
  readonly workspace: Workspace;
  readonly inputs: Invocation['inputs'];
  readonly checkpoints: string;
  /** The file for the output of the stage. */
  readonly log: string;
}

/** The outputs that are one file each; what they hold lies in the workspace. */
export async function carryOut(
  stage: Stage,
  fingerprint: Fingerprint,
  { workspace, inputs, checkpoints, log }: Execution,
  context: CarryOutContext,
): Promise<Result<ReadonlySet<string>, Failure>> {
  const { emit, share } = context;
  const { gpus } = share;
  const invocation: Invocation = {
    type: stage.type.name,
    parameters: stage.parameters,
    inputs,
    outputs: workspace.outputs,
    scratch: workspace.scratch,
    checkpoints,
    log,
    facts: fingerprint.environment,
    cores: coresOf(stage, context),
    ...(gpus.length > 0 && { gpus }),
    ...(stage.type.variables && { variables: stage.type.variables(fingerprint.environment) }),
    commandOptions: stage.policy,
    ...(stage.type.module && { module: stage.type.module }),
  };
  const singles = new Set<string>();
  const bugs: unknown[] = [];
  const broken = new AbortController();
  const both = { ...context, signal: AbortSignal.any([context.signal, broken.signal]) };
  const result = await executeInTime(invocation, stage, both, (news) => {
    try {
      if (news.kind === 'single') singles.add(news.port);
      else if (news.kind === 'log') {
        emit({ type: 'stage-log', stage: stage.id, message: news.message });
      } else emit({ type: 'stage-progress', stage: stage.id, progress: news.progress });
    } catch (problem) {
      // Who listens has a bug. The stage may still write a checkpoint.
      bugs.push(problem);
      broken.abort();
    }
  });
  if (bugs.length > 0) throw bugs[0];
  if (!result.ok) {
    // What shares its bytes with the store may have been written to, by a command that may do anything.
    for (const digest of stage.type.open ? filesOf(fingerprint.inputs, context.planContext) : []) {
      context.planContext.store.invalidate(digest);
    }
    return result;
  }
  const stray = workspace.stray();
  if (stray !== undefined) return fail({ kind: 'undeclared-output', path: stray });
  return ok(singles);
}

function coresOf({ type, policy }: Stage, { share, freeCores }: CarryOutContext): number {
  if (policy.resources?.cpu !== undefined) return Math.max(1, Math.floor(share.needs.cpu));
  return type.parallel ? freeCores() : 1;
}

/** Aborts the attempt when its time is over; that is another end than a stopped run's. */
async function executeInTime(
  invocation: Invocation,
  { policy: { timeoutSeconds } }: Stage,
  { executor, signal }: { readonly executor: Executor; readonly signal: AbortSignal },
  tell: (news: StageNews) => void,
): Promise<Result<void, Failure>> {
  if (timeoutSeconds === undefined) return executor.execute(invocation, signal, tell);
  const late = new AbortController();
  const callOff = after(timeoutSeconds * 1000, () => late.abort());
  try {
    const both = AbortSignal.any([signal, late.signal]);
    const result = await executor.execute(invocation, both, tell);
    const stopped = !result.ok && result.error.kind === 'stopped';
    if (!stopped || signal.aborted) return result;
    return fail({ kind: 'timeout', seconds: timeoutSeconds });
  } finally {
    callOff();
  }
}

function filesOf(
  inputs: Readonly<Record<string, readonly Digest[]>>,
  { store }: PlanContext,
): readonly Digest[] {
  const artifacts = Object.values(inputs).flat();
  return artifacts.flatMap(
    (one) => readArtifact(one, store)?.files.map((file) => file.digest) ?? [],
  );
}
