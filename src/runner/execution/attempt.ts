/**
 * One stage from its decision to its committed outputs: lock, decide again, workspace, execute, commit.
 *
 * A crash at any point leaves nothing or a whole entry: objects get their names first, the record
 * that names them last.
 */
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import type { Stage } from '../graph/pipeline.ts';
import type { Digest } from '../key/digest.ts';
import { fail, ok, type Result } from '../result.ts';
import { captureArtifact, readArtifact } from '../store/artifact.ts';
import { holdLock } from '../store/key-lock.ts';
import type { Layout } from '../store/layout.ts';
import { makeWorkspace, type Workspace } from '../store/workspace.ts';
import { type Decision, isWhole, type Knowledge, type Outputs } from './decide.ts';
import type { Emit } from './event.ts';
import type { Executor, Invocation } from './executor.ts';
import { type Failure, storeFailure } from './failure.ts';
import { describeReason } from './reason.ts';

export interface AttemptContext {
  readonly run: string;
  readonly layout: Layout;
  readonly knowledge: Knowledge;
  readonly executor: Executor;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Cores that no other stage of this run wants now, at least one. */
  readonly freeCores: () => number;
  /** Resolves once no collection of garbage can come between; see `store/live-run.ts`. */
  readonly beLive: () => Promise<unknown>;
}

export interface Attempted {
  readonly outputs: Outputs;
  /** False where another process made the outputs while this one waited. */
  readonly executed: boolean;
}

export async function attempt(
  stage: Stage,
  decision: RunDecision,
  context: AttemptContext,
): Promise<Result<Attempted, Failure>> {
  try {
    const { layout, signal, emit } = context;
    const onWait = (): void => emit({ type: 'stage-waiting', stage: stage.id });
    await context.beLive();
    signal.throwIfAborted();
    const release = await holdLock(layout.lock(decision.key), signal, onWait);
    try {
      return await attemptAlone(stage, decision, context);
    } finally {
      release();
    }
  } catch (problem) {
    if (context.signal.aborted) return fail({ kind: 'stopped' });
    return fail(storeFailure(problem as NodeJS.ErrnoException));
  }
}

type RunDecision = Extract<Decision, { kind: 'run' }>;

/** While the key's lock is held. */
async function attemptAlone(
  stage: Stage,
  decision: RunDecision,
  context: AttemptContext,
): Promise<Result<Attempted, Failure>> {
  const { knowledge, layout, emit } = context;
  const forced = decision.reasons.some((reason) => reason.kind === 'forced');
  const record = knowledge.actions.get(decision.key);
  if (record && !forced && isWhole(record, knowledge.store)) {
    const { key, outputs } = record;
    emit({ type: 'stage-cached', stage: stage.id, key, outputs });
    return ok({ outputs, executed: false });
  }
  const workspace = makeWorkspace(layout, Object.keys(stage.type.outputs));
  try {
    return await executeAndCommit(stage, decision, workspace, context, record?.outputs);
  } finally {
    workspace.remove();
  }
}

async function executeAndCommit(
  stage: Stage,
  { key, fingerprint, reasons }: RunDecision,
  workspace: Workspace,
  context: AttemptContext,
  before: Outputs | undefined,
): Promise<Result<Attempted, Failure>> {
  const { layout, knowledge, emit } = context;
  const inputs = layInputs(fingerprint.inputs, knowledge);
  if (!inputs.ok) return inputs;
  const checkpoints = layout.checkpoints(key);
  const resumed = existsSync(checkpoints);
  mkdirSync(checkpoints, { recursive: true });
  emit({ type: 'stage-started', stage: stage.id, key, reasons, resumed });
  const started = context.now();
  const invocation: Invocation = {
    type: stage.type.name,
    parameters: stage.parameters,
    inputs: inputs.value,
    outputs: workspace.outputs,
    checkpoints,
    facts: fingerprint.environment,
    cores: stage.type.parallel ? context.freeCores() : 1,
  };
  const result = await context.executor.execute(invocation, context.signal, (news) =>
    emit(
      news.kind === 'progress'
        ? { type: 'stage-progress', stage: stage.id, progress: news.progress }
        : { type: 'stage-log', stage: stage.id, message: news.message },
    ),
  );
  if (!result.ok) {
    removeIfEmpty(checkpoints);
    return result;
  }
  const captured = captureOutputs(stage, workspace, knowledge);
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

/** File name -> path in the store; each object is compared with its name before it is handed out. */
function layInputs(
  digests: Readonly<Record<string, readonly Digest[]>>,
  { store }: Knowledge,
): Result<Invocation['inputs'], Failure> {
  const inputs: Record<string, Record<string, string>[]> = {};
  for (const [port, artifacts] of Object.entries(digests)) {
    inputs[port] = [];
    for (const digest of artifacts) {
      const artifact = readArtifact(digest, store);
      if (!artifact) return fail({ kind: 'corrupt-input', port, file: 'its list of files' });
      const paths: Record<string, string> = {};
      for (const file of artifact.files) {
        if (!store.verify(file.digest))
          return fail({ kind: 'corrupt-input', port, file: file.path });
        paths[file.path] = store.path(file.digest);
      }
      inputs[port].push(paths);
    }
  }
  return ok(inputs);
}

function captureOutputs(
  stage: Stage,
  workspace: Workspace,
  { store }: Knowledge,
): Result<Outputs, Failure> {
  const stray = readdirSync(workspace.path).find((name) => !Object.hasOwn(workspace.outputs, name));
  if (stray !== undefined) return fail({ kind: 'undeclared-output', path: stray });
  const outputs: Record<string, Digest> = {};
  for (const port of Object.keys(stage.type.outputs)) {
    const artifact = captureArtifact(workspace.outputs[port]!, store);
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
