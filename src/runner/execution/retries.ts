/** A stage tried until it is done, as often as its declaration allows; what it was given stays its own. */
import { fail } from '../../base/result.ts';
import type { Stage } from '../graph/pipeline.ts';
import { attempt } from './attempt.ts';
import type { AttemptContext, RunDecision } from './attempt-context.ts';
import { isRetryable } from './failure.ts';
import { pause } from './timer.ts';

/** `halting` aborts where nothing new may start: what runs goes on, and none follows it. */
export async function attemptWithRetries(
  stage: Stage,
  decision: RunDecision,
  context: Omit<AttemptContext, 'attempt'>,
  halting: AbortSignal,
): ReturnType<typeof attempt> {
  const { retries, waitSeconds } = stage.policy;
  const { signal, emit } = context;
  for (let number = 1; ; number++) {
    const result = await attempt(stage, decision, { ...context, attempt: number });
    if (result.ok || number > retries || !isRetryable(result.error) || halting.aborted) {
      return result;
    }
    const seconds = waitSeconds * 2 ** (number - 1);
    const failure = result.error;
    emit({
      type: 'stage-retrying',
      stage: stage.id,
      failure,
      attempt: number,
      waitSeconds: seconds,
    });
    await pause(seconds * 1000, halting);
    if (halting.aborted) return signal.aborted ? fail({ kind: 'stopped' }) : result;
  }
}
