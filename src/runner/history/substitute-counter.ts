/**
 * Follows a run that may use outputs that were not made under today's keys. It counts them, and warns about each stage
 * that ran and whose outputs differ from those of the lock.
 */
import type { Event, RunFinished, SubstituteCounts } from '../execution/event.ts';
import type { StageId } from '../graph/pipeline.ts';
import type { Lock } from './lock-file.ts';
import { LOCK_NAME } from './lock-name.ts';

export class SubstituteCounter {
  private readonly lock: Lock | undefined;
  private locked = 0;
  private lockedOther = 0;
  private otherEnvironment = 0;
  private readonly unlike: StageId[] = [];

  constructor(lock: Lock | undefined) {
    this.lock = lock;
  }

  /** Returns the event to report, and the events to report after it. */
  see(event: Event): readonly Event[] {
    switch (event.type) {
      case 'stage-cached': {
        const { standIn } = event;
        if (standIn?.from === 'environment') this.otherEnvironment++;
        if (standIn?.from === 'lock') {
          this.locked++;
          if (standIn.differs.length > 0) this.lockedOther++;
          return [event];
        }
        return [event, ...this.compare(event)];
      }
      case 'stage-finished':
        return [event, ...this.compare(event)];
      case 'run-finished':
        return [this.finish(event)];
      default:
        return [event];
    }
  }

  finish(finished: RunFinished): RunFinished {
    const { locked, lockedOther, otherEnvironment, unlike: unlikeLock } = this;
    if (!this.lock && otherEnvironment === 0) return finished;
    const standIns: SubstituteCounts = { locked, lockedOther, unlikeLock, otherEnvironment };
    return { ...finished, standIns };
  }

  private compare({ stage, outputs }: Extract<Event, { type: 'stage-finished' | 'stage-cached' }>) {
    const expected = this.lock?.stages[stage]?.outputs;
    if (!expected) return [];
    const ports = Object.keys({ ...expected, ...outputs });
    const other = ports.filter((port) => expected[port] !== outputs[port]);
    if (other.length === 0) return [];
    this.unlike.push(stage);
    const verb = other.length === 1 ? 'differs' : 'differ';
    const message = `${stage}: ${other.join(', ')} ${verb} from ${LOCK_NAME}`;
    return [{ type: 'warning', message } as const];
  }
}
