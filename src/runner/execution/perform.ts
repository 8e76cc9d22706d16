/**
 * A decided stage in its workspace: execute, take the outputs, commit.
 *
 * Objects get their names first, the record that names them last.
 */
import { existsSync, mkdirSync, rmdirSync, rmSync } from 'node:fs';
import type { Stage } from '../graph/pipeline.ts';
import type { Digest } from '../key/digest.ts';
import { fail, ok, type Result } from '../result.ts';
import { captureArtifact, readArtifact } from '../store/artifact.ts';
import type { Workspace } from '../store/workspace.ts';
import type { AttemptContext, Attempted, RunDecision } from './attempt-context.ts';
import type { Knowledge, Outputs } from './decide.ts';
import type { Invocation, StageNews } from './executor.ts';
import type { Failure } from './failure.ts';
import { layInputs } from './lay-inputs.ts';
import { describeReason } from './reason.ts';
import { after } from './timer.ts';

export async function perform(
  stage: Stage,
  { key, fingerprint, reasons }: RunDecision,
  workspace: Workspace,
  context: AttemptContext,
  before: Outputs | undefined,
): Promise<Result<Attempted, Failure>> {
  const { layout, knowledge, emit } = context;
  const inputs = layInputs(stage, fingerprint.inputs, knowledge);
  if (!inputs.ok) return inputs;
  const checkpoints = layout.checkpoints(key);
  const resumed = existsSync(checkpoints);
  mkdirSync(checkpoints, { recursive: true });
  const { gpus } = context.share;
  emit({
    type: 'stage-started',
    stage: stage.id,
    key,
    reasons,
    resumed,
    attempt: context.attempt,
    ...(gpus.length > 0 && { gpus }),
  });
  const started = context.now();
  const invocation: Invocation = {
    type: stage.type.name,
    parameters: stage.parameters,
    inputs: inputs.value,
    outputs: workspace.outputs,
    scratch: workspace.scratch,
    checkpoints,
    facts: fingerprint.environment,
    cores: coresOf(stage, context),
    ...(gpus.length > 0 && { gpus }),
    terms: stage.handling,
    ...(stage.type.module && { module: stage.type.module }),
  };
  const singles = new Set<string>();
  const result = await executeInTime(invocation, stage, context, (news) => {
    if (news.kind === 'single') singles.add(news.port);
    else if (news.kind === 'log') {
      emit({ type: 'stage-log', stage: stage.id, message: news.message });
    } else emit({ type: 'stage-progress', stage: stage.id, progress: news.progress });
  });
  if (!result.ok) {
    removeIfEmpty(checkpoints);
    // What shares its bytes with the store may have been written to, by a command that may do anything.
    for (const digest of stage.type.open ? filesOf(fingerprint.inputs, knowledge) : []) {
      knowledge.store.distrust(digest);
    }
    return result;
  }
  const captured = captureOutputs(stage, workspace, singles, knowledge);
  if (!captured.ok) return captured;
  const outputs = captured.value;
  const seconds = (context.now() - started) / 1000;
  knowledge.actions.put(
    {
      key,
      fingerprint,
      outputs,
      seconds,
      provenance: {
        run: context.run,
        stage: stage.id,
        finished: new Date(context.now()).toISOString(),
        reasons: reasons.flatMap(describeReason),
      },
    },
    // A record that stood in the way was forced aside, or named results that are gone.
    before !== undefined,
  );
  rmSync(checkpoints, { recursive: true, force: true });
  const differs = before !== undefined && JSON.stringify(before) !== JSON.stringify(outputs);
  emit({ type: 'stage-finished', stage: stage.id, key, outputs, seconds, differs });
  return ok({ outputs, executed: true });
}

function coresOf({ type, handling }: Stage, { share, freeCores }: AttemptContext): number {
  if (handling.resources?.cpu !== undefined) return Math.max(1, Math.floor(share.needs.cpu));
  return type.parallel ? freeCores() : 1;
}

/** Aborts the attempt when its time is over; that is another end than a stopped run's. */
async function executeInTime(
  invocation: Invocation,
  { handling: { timeoutSeconds } }: Stage,
  { executor, signal }: AttemptContext,
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
  { store }: Knowledge,
): readonly Digest[] {
  const artifacts = Object.values(inputs).flat();
  return artifacts.flatMap(
    (one) => readArtifact(one, store)?.files.map((file) => file.digest) ?? [],
  );
}

function captureOutputs(
  stage: Stage,
  workspace: Workspace,
  singles: ReadonlySet<string>,
  { store }: Knowledge,
): Result<Outputs, Failure> {
  const stray = workspace.stray();
  if (stray !== undefined) return fail({ kind: 'undeclared-output', path: stray });
  const outputs: Record<string, Digest> = {};
  for (const port of Object.keys(stage.outputs)) {
    const artifact = captureArtifact(workspace.outputs[port]!, store, singles.has(port));
    if (!artifact.ok) return fail({ kind: 'undeclared-output', path: `${port}/${artifact.error}` });
    if (artifact.value.files.length === 0) return fail({ kind: 'missing-output', port });
    outputs[port] = artifact.value.digest;
  }
  return ok(outputs);
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It holds a checkpoint, or is gone.
  }
}
