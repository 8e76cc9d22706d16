/** Runs one stage of a run: sends an order to the workplace, and another one after each failure that allows it. */
import { fail, type Result } from '../../base/result.ts';
import type { Stage } from '../graph/pipeline.ts';
import type { Emit } from './event.ts';
import { type Failure, isRetryable } from './failure.ts';
import { type AttemptOptions, orderOf, type RunDecision } from './order.ts';
import { pause } from './timer.ts';
import type { Built, Supervisor, Workplace } from './workplace.ts';

export interface RunStageContext
  extends Pick<Supervisor, 'signal' | 'freeCores'>,
    Pick<AttemptOptions, 'run' | 'share' | 'facts'> {
  readonly workplace: Workplace;
  readonly emit: Emit;
  /** The log of the next attempt in this run. */
  readonly nextLog: () => string;
  /** When aborted, no other attempt follows. A running attempt continues. */
  readonly halting: AbortSignal;
}

export async function runStage(
  stage: Stage,
  decision: RunDecision,
  context: RunStageContext,
): Promise<Result<Built, Failure>> {
  const { retries, waitSeconds } = stage.policy;
  const { workplace, signal, halting, emit, freeCores, nextLog } = context;
  for (let attempt = 1; ; attempt++) {
    const order = orderOf(stage, decision, { ...context, attempt, log: nextLog() });
    const result = await workplace.build(order, { signal, halting, report: emit, freeCores });
    if (result.ok || attempt > retries || !isRetryable(result.error) || halting.aborted) {
      return result;
    }
    const seconds = waitSeconds * 2 ** (attempt - 1);
    const failure = result.error;
    emit({ type: 'stage-retrying', stage: stage.id, failure, attempt, waitSeconds: seconds });
    await pause(seconds * 1000, halting);
    if (halting.aborted) return signal.aborted ? fail({ kind: 'stopped' }) : result;
  }
}
