/**
 * A decided stage in its workspace: carry it out, take the outputs, commit.
 *
 * Objects get their names first, the record that names them last.
 */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { unlessAbsent } from '../../base/system-error.ts';
import type { Stage } from '../graph/pipeline.ts';
import type { Digest } from '../key/digest.ts';
import { fail, ok, type Result } from '../result.ts';
import { captureArtifact } from '../store/artifact.ts';
import { atOnce, type Flushes } from '../store/flushes.ts';
import type { Workspace } from '../store/workspace.ts';
import type { AttemptContext, Attempted, RunDecision } from './attempt-context.ts';
import { carryOut } from './carry-out.ts';
import type { Knowledge, Outputs } from './decide.ts';
import type { Failure } from './failure.ts';
import { layInputs } from './lay-inputs.ts';
import { describeReason } from './reason.ts';

/** What is made in less can be made again. */
const MOMENT_SECONDS = 1;

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
  // An attempt that wrote none leaves the folder empty.
  const resumed = (unlessAbsent(() => readdirSync(checkpoints)) ?? []).length > 0;
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
  const execution = { workspace, inputs: inputs.value, checkpoints };
  const carried = await carryOut(stage, fingerprint, execution, context);
  if (!carried.ok) {
    removeIfEmpty(checkpoints);
    return carried;
  }
  const seconds = (context.now() - started) / 1000;
  const flushes = seconds < MOMENT_SECONDS ? context.flushLater : atOnce;
  const captured = captureOutputs(stage, workspace, carried.value, knowledge, flushes);
  if (!captured.ok) return captured;
  const outputs = captured.value;
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
    flushes,
  );
  if (existsSync(checkpoints)) rmSync(checkpoints, { recursive: true, force: true });
  const differs = before !== undefined && JSON.stringify(before) !== JSON.stringify(outputs);
  emit({ type: 'stage-finished', stage: stage.id, key, outputs, seconds, differs });
  return ok({ outputs, executed: true, seconds });
}

function captureOutputs(
  stage: Stage,
  workspace: Workspace,
  singles: ReadonlySet<string>,
  { store }: Knowledge,
  flushes: Flushes,
): Result<Outputs, Failure> {
  const outputs: Record<string, Digest> = {};
  for (const port of Object.keys(stage.outputs)) {
    const artifact = captureArtifact(workspace.outputs[port]!, store, singles.has(port), flushes);
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
