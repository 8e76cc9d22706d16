/**
 * Builds one stage: takes the lock of the key, decides again, invokes the stage and commits its
 * outputs.
 *
 * This handles an order completely, in whichever process it arrives.
 */
import { isStop } from '../../../base/is-stop.ts';
import { fail, ok, type Result } from '../../../base/result.ts';
import { isSystemError } from '../../../base/system-error.ts';
import { holdLock } from '../../store/key-lock.ts';
import { makeWorkspace } from '../../store/workspace.ts';
import { type Failure, storeFailure } from '../failure.ts';
import type { Order } from '../order.ts';
import type { Built, Supervisor } from '../workplace.ts';
import type { BuildContext } from './build-context.ts';
import { invokeAndCommit } from './invoke-and-commit.ts';

/** Rejects only for a bug in this program or in a listener to its events. */
export async function buildStage(
  order: Order,
  supervisor: Supervisor,
  context: BuildContext,
): Promise<Result<Built, Failure>> {
  const { signal, report } = supervisor;
  try {
    const onWait = (): void => report({ type: 'stage-waiting', stage: order.stage.id });
    await context.registered();
    signal.throwIfAborted();
    const release = await holdLock(context.layout.lock(order.key), signal, onWait);
    try {
      return await buildLocked(order, supervisor, context);
    } finally {
      release();
    }
  } catch (problem) {
    if (isStop(problem, signal)) return fail({ kind: 'stopped' });
    if (isSystemError(problem)) return fail(storeFailure(problem));
    throw problem;
  }
}

/**
 * Called while this process holds the lock of the key. Another process may have built the stage
 * before.
 */
async function buildLocked(
  order: Order,
  supervisor: Supervisor,
  context: BuildContext,
): Promise<Result<Built, Failure>> {
  const { stage, forced } = order;
  const result = await context.cache.lookupLocked(order.key, supervisor.signal);
  if (result?.whole && !forced) {
    const { outputs, seconds } = result;
    supervisor.report({ type: 'stage-cached', stage: stage.id, key: order.key, outputs });
    return ok({ outputs, executed: false, seconds });
  }
  const workspace = makeWorkspace(context.layout, stage.outputs);
  let done = false;
  try {
    const built = await invokeAndCommit(order, workspace, supervisor, context, result?.outputs);
    done = built.ok;
    return built;
  } finally {
    // User code may leave a process behind that would write into the next result.
    workspace.remove(done && stage.module === undefined);
  }
}
