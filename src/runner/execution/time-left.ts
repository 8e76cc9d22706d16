/**
 * Estimates how long a run will still take, from past durations of its stages and their current
 * progress.
 */

import { stageOfInstance } from '../../base/stage-name.ts';
import type { StageId } from '../graph/pipeline.ts';
import type { Event } from './event.ts';

interface Running {
  readonly since: number;
  readonly fraction?: number | undefined;
}

export class TimeLeft {
  private readonly waiting: Set<StageId>;
  private readonly running = new Map<StageId, Running>();
  private readonly past: ReadonlyMap<StageId, number>;
  /** The durations of stages in this run, by name. Used for instances without a past. */
  private readonly took = new Map<string, number>();
  private readonly jobs: number;
  private readonly now: () => number;

  /** `past` is in seconds, `now` in milliseconds. */
  constructor(
    stages: Iterable<StageId>,
    past: ReadonlyMap<StageId, number>,
    jobs: number,
    now: () => number,
  ) {
    this.waiting = new Set(stages);
    this.past = past;
    this.jobs = jobs;
    this.now = now;
  }

  see(event: Event): void {
    switch (event.type) {
      case 'stage-started':
        this.waiting.delete(event.stage);
        this.running.set(event.stage, { since: this.now() });
        break;
      case 'stage-progress': {
        const { fraction } = event.progress;
        const known = this.running.get(event.stage);
        if (known) this.running.set(event.stage, { ...known, fraction });
        break;
      }
      case 'stage-finished':
        this.took.set(stageOfInstance(event.stage), event.seconds);
        this.end(event.stage);
        break;
      case 'stage-cached':
      case 'stage-failed':
      case 'stage-skipped':
        this.end(event.stage);
        break;
      case 'run-started':
      case 'run-finished':
      case 'stage-waiting':
      case 'stage-retrying':
      case 'stage-log':
      case 'warning':
        break;
      default:
        // A journal may have events of a newer version of this program.
        event satisfies never;
    }
  }

  /** Undefined while the duration of some stage is unknown. */
  seconds(): number | undefined {
    let work = 0;
    let longest = 0;
    const add = (left: number | undefined): boolean => {
      work += left ?? 0;
      longest = Math.max(longest, left ?? 0);
      return left !== undefined;
    };
    for (const [stage, one] of this.running) if (!add(this.leftOf(stage, one))) return undefined;
    for (const stage of this.waiting) if (!add(this.expected(stage))) return undefined;
    return Math.max(longest, work / this.jobs);
  }

  private leftOf(stage: StageId, { since, fraction }: Running): number | undefined {
    const elapsed = (this.now() - since) / 1000;
    // The first few percent are a poor predictor.
    if (fraction !== undefined && fraction > 0.02) return (elapsed * (1 - fraction)) / fraction;
    const expected = this.expected(stage);
    return expected === undefined ? undefined : Math.max(0, expected - elapsed);
  }

  private expected(stage: StageId): number | undefined {
    return this.past.get(stage) ?? this.took.get(stageOfInstance(stage));
  }

  private end(stage: StageId): void {
    this.waiting.delete(stage);
    this.running.delete(stage);
  }
}
