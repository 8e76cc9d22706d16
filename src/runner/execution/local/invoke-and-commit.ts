/**
 * Computes the outputs of one attempt in its workspace and commits them.
 *
 * A crash at any point leaves either nothing or a complete result: the record gets its name after
 * all objects that it names.
 */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result } from '../../../base/result.ts';
import { hasCode, isAbsent, unlessAbsent } from '../../../base/system-error.ts';
import { atOnce, LaterFlushes } from '../../store/flushes.ts';
import type { Workspace } from '../../store/workspace.ts';
import type { Outputs } from '../decide.ts';
import type { Failure } from '../failure.ts';
import type { Order } from '../order.ts';
import { describeReason } from '../reason.ts';
import type { Built, Supervisor } from '../workplace.ts';
import type { BuildContext } from './build-context.ts';
import { invoke } from './invoke.ts';
import { locateInputs } from './locate-inputs.ts';
import { takeOutputs, warnOfEmptyFolders } from './take-outputs.ts';

/** A result that took less may be lost in a power cut and built again. */
const MOMENT_SECONDS = 1;

/** `before`: the outputs of the same key that the store has a record of. */
export async function invokeAndCommit(
  order: Order,
  workspace: Workspace,
  supervisor: Supervisor,
  context: BuildContext,
  before: Outputs | undefined,
): Promise<Result<Built, Failure>> {
  const { key, fingerprint, reasons, attempt, log, run, stage } = order;
  const { layout, cache, files, now } = context;
  const { report } = supervisor;
  await cache.fetch(Object.values(fingerprint.inputs).flat(), supervisor.signal);
  const inputs = locateInputs(stage.files, fingerprint.inputs, context);
  if (!inputs.ok) return inputs;
  const checkpoints = layout.checkpoints(key);
  // The folder is empty if the last attempt wrote no checkpoint.
  const resumed = (unlessAbsent(() => readdirSync(checkpoints)) ?? []).length > 0;
  const { gpus } = order.granted;
  report({
    type: 'stage-started',
    stage: stage.id,
    key,
    reasons,
    resumed,
    attempt,
    log,
    ...(gpus.length > 0 && { gpus }),
  });
  for (const path of Object.values(stage.files)) {
    const found = files.get(path);
    if (found.ok) warnOfEmptyFolders(`the folder "${path}"`, found.value.emptyFolders, report);
  }
  const started = now();
  const place = {
    workspace,
    inputs: inputs.value,
    checkpoints,
    log: join(layout.run(run), log),
  };
  const invoked = await invoke(order, place, supervisor, context);
  if (!invoked.ok) {
    removeIfEmpty(checkpoints);
    return invoked;
  }
  const seconds = (now() - started) / 1000;
  const moment = seconds < MOMENT_SECONDS;
  // All files of one result are flushed together: for thousands of files, one flush per file takes much longer.
  const own = new LaterFlushes();
  const flushes = moment ? context.flushLater : own;
  const taken = takeOutputs(stage, workspace, invoked.value, { ...context, flushes, report });
  if (!taken.ok) return taken;
  const outputs = taken.value;
  own.all();
  await cache.publish(
    {
      key,
      fingerprint,
      outputs,
      seconds,
      provenance: {
        run,
        stage: stage.id,
        finished: new Date(now()).toISOString(),
        reasons: reasons.flatMap(describeReason),
      },
    },
    {
      // A record of this key was ignored because of --force, or the results that it names are lost.
      replace: before !== undefined,
      flushes: moment ? context.flushLater : atOnce,
    },
  );
  if (existsSync(checkpoints)) rmSync(checkpoints, { recursive: true, force: true });
  const differs = before !== undefined && JSON.stringify(before) !== JSON.stringify(outputs);
  report({ type: 'stage-finished', stage: stage.id, key, outputs, seconds, differs });
  return ok({ outputs, executed: true, seconds });
}

/** A folder that contains a checkpoint is kept. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (problem) {
    // Systems report a folder that is not empty by different codes.
    if (!isAbsent(problem) && !hasCode(problem, 'ENOTEMPTY', 'EEXIST')) throw problem;
  }
}
