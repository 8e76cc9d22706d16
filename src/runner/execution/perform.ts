/**
 * A decided stage in its workspace: carry it out, take the outputs, commit.
 *
 * Objects get their names first, the record that names them last.
 */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../base/result.ts';
import { hasCode, isAbsent, unlessAbsent } from '../../base/system-error.ts';
import type { Stage } from '../graph/pipeline.ts';
import { captureOutputs } from '../store/capture.ts';
import { atOnce, type Flushes, LaterFlushes } from '../store/flushes.ts';
import type { OutputFault } from '../store/output-files.ts';
import type { Workspace } from '../store/workspace.ts';
import type { AttemptContext, Attempted, RunDecision } from './attempt-context.ts';
import { carryOut } from './carry-out.ts';
import type { Outputs } from './decide.ts';
import type { Emit } from './event.ts';
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
  const { layout, planContext, emit } = context;
  const inputs = layInputs(stage, fingerprint.inputs, planContext);
  if (!inputs.ok) return inputs;
  const checkpoints = layout.checkpoints(key);
  // An attempt that wrote none leaves the folder empty.
  const resumed = (unlessAbsent(() => readdirSync(checkpoints)) ?? []).length > 0;
  const { gpus } = context.share;
  const log = context.nextLog();
  emit({
    type: 'stage-started',
    stage: stage.id,
    key,
    reasons,
    resumed,
    attempt: context.attempt,
    log,
    ...(gpus.length > 0 && { gpus }),
  });
  for (const { path } of stage.files.values()) {
    const found = planContext.files.get(path);
    if (found.ok) warnOfEmptyFolders(`the folder "${path}"`, found.value.emptyFolders, emit);
  }
  const started = context.now();
  const execution = {
    workspace,
    inputs: inputs.value,
    checkpoints,
    log: join(layout.run(context.run), log),
  };
  const carried = await carryOut(stage, fingerprint, execution, context);
  if (!carried.ok) {
    removeIfEmpty(checkpoints);
    return carried;
  }
  const seconds = (context.now() - started) / 1000;
  const moment = seconds < MOMENT_SECONDS;
  // All of its files together: a flush of each takes as long for every one of thousands.
  const own = new LaterFlushes();
  const flushes = moment ? context.flushLater : own;
  const captured = takeOutputs(stage, workspace, carried.value, context, flushes);
  if (!captured.ok) return captured;
  const outputs = captured.value;
  own.all();
  planContext.actions.put(
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
    moment ? context.flushLater : atOnce,
  );
  if (existsSync(checkpoints)) rmSync(checkpoints, { recursive: true, force: true });
  const differs = before !== undefined && JSON.stringify(before) !== JSON.stringify(outputs);
  emit({ type: 'stage-finished', stage: stage.id, key, outputs, seconds, differs });
  return ok({ outputs, executed: true, seconds });
}

function takeOutputs(
  stage: Stage,
  workspace: Workspace,
  singles: ReadonlySet<string>,
  { planContext, emit }: AttemptContext,
  flushes: Flushes,
): Result<Outputs, Failure> {
  const { open, module } = stage.type;
  const ports = Object.keys(stage.outputs);
  const folders = ports.map((port) => {
    return { port, folder: workspace.outputs[port]!, single: singles.has(port) };
  });
  const mayGoOn = open === true || module !== undefined;
  const captured = captureOutputs(folders, planContext.store, { flushes, mayGoOn });
  if (!captured.ok) return fail(outputFailure(captured.error.port, captured.error));
  for (const [port, { artifact, emptyFolders }] of captured.value) {
    if (artifact.files.length === 0) return fail({ kind: 'missing-output', port });
    warnOfEmptyFolders(`the output "${port}" of ${stage.id}`, emptyFolders, emit);
  }
  return ok(
    Object.fromEntries([...captured.value].map(([port, { artifact }]) => [port, artifact.digest])),
  );
}

/** An output that holds what can't be kept. */
export function outputFailure(port: string, { message, advice }: OutputFault): Failure {
  return { kind: 'stage', message: `its output "${port}" ${message}`, advice };
}

const MOST_NAMED = 3;

function warnOfEmptyFolders(what: string, folders: readonly string[], emit: Emit): void {
  if (folders.length === 0) return;
  const named = folders.slice(0, MOST_NAMED).map((folder) => `"${folder}"`);
  const more = folders.length > MOST_NAMED ? ` and ${folders.length - MOST_NAMED} more` : '';
  const message = `${what} has empty folders, which are left out: ${named.join(', ')}${more}`;
  emit({ type: 'warning', message });
}

/** One that holds a checkpoint stays. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (problem) {
    // Systems differ in what they call a folder that is not empty.
    if (!isAbsent(problem) && !hasCode(problem, 'ENOTEMPTY', 'EEXIST')) throw problem;
  }
}
