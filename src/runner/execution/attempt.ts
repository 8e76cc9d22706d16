/**
 * One stage from its decision to its committed outputs: lock, decide again, workspace, execute, commit.
 *
 * A crash at any point leaves nothing or a whole entry: objects get their names first, the record
 * that names them last.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { isSystemError } from '../../base/system-error.ts';
import type { Stage } from '../graph/pipeline.ts';
import { isWhole } from '../store/artifact.ts';
import { holdLock } from '../store/key-lock.ts';
import { makeWorkspace } from '../store/workspace.ts';
import type { AttemptContext, Attempted, RunDecision } from './attempt-context.ts';
import { type Failure, storeFailure } from './failure.ts';
import { perform } from './perform.ts';

/** Rejects for a bug: in this program, or in a listener to its events. */
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
    if (isStop(problem, context.signal)) return fail({ kind: 'stopped' });
    if (isSystemError(problem)) return fail(storeFailure(problem));
    throw problem;
  }
}

function isStop(problem: unknown, { aborted, reason }: AbortSignal): boolean {
  return aborted && (problem === reason || (problem as Error | undefined)?.name === 'AbortError');
}

/** While the key's lock is held. */
async function attemptAlone(
  stage: Stage,
  decision: RunDecision,
  context: AttemptContext,
): Promise<Result<Attempted, Failure>> {
  const { planContext, layout, emit, signal, freshLook } = context;
  const forced = decision.reasons.some((reason) => reason.kind === 'forced');
  const record = await freshLook.recordOf(decision.key, signal);
  if (record && !forced && isWhole(record, planContext.store)) {
    const { key, outputs } = record;
    emit({ type: 'stage-cached', stage: stage.id, key, outputs });
    return ok({ outputs, executed: false, seconds: record.seconds });
  }
  const workspace = makeWorkspace(layout, Object.keys(stage.outputs));
  let done = false;
  try {
    const performed = await perform(stage, decision, workspace, context, record?.outputs);
    done = performed.ok;
    return performed;
  } finally {
    // What others wrote may go on after its end, and would write into the next result.
    workspace.remove(done && stage.type.module === undefined);
  }
}
