/** The state of a run and of its stages, built from its events. */
import { isDeepStrictEqual } from 'node:util';
import {
  describeFailure,
  type Event,
  type Failure,
  type Outputs,
  type Progress,
  type Reason,
  type RunFinished,
  type RunningStages,
  type RunStarted,
  type RunSummary,
  type StageId,
  type StageKey,
  type TimeLeft,
} from '../../runner/index.ts';

export interface Reported {
  state: 'running' | 'done' | 'cached' | 'failed' | 'skipped';
  key?: StageKey;
  outputs?: Outputs;
  reasons?: readonly Reason[];
  /** When its start was observed. Unknown for stages that started earlier. */
  since?: number;
  attempt: number;
  /** Of this attempt, in the folder of the run. */
  log?: string;
  resumed?: boolean;
  progress?: Progress;
  seconds?: number;
  failure?: Failure;
  because?: StageId;
  /** The last lines of this attempt. */
  lines: string[];
  /** The number of earlier lines that were dropped. */
  dropped: number;
}

/** The journal of the run has the other lines. */
const MOST_LINES = 5_000;

const QUEUED = 'queued on the cluster';

export class RunStory {
  readonly run: string;
  readonly own: boolean;
  readonly stages = new Map<StageId, Reported>();
  readonly failures: { stage: StageId; message: string }[] = [];
  readonly warnings: string[] = [];
  started: RunStarted | undefined;
  finished: RunFinished | undefined;
  /** It has finished, and jobs that it left on a cluster go on. */
  goesOn = false;
  /** Its process has ended, and its journal is incomplete. */
  broken = false;
  left: TimeLeft | undefined;
  private readonly makeLeft: (started: RunStarted) => TimeLeft | undefined;
  private readonly counted = { executed: 0, cached: 0, skipped: 0 };

  /** `makeLeft` is called when the run starts. */
  constructor(run: string, own: boolean, makeLeft: RunStory['makeLeft'] = () => undefined) {
    this.run = run;
    this.own = own;
    this.makeLeft = makeLeft;
  }

  get live(): boolean {
    const isOver = this.finished !== undefined && !this.goesOn;
    return this.started !== undefined && !isOver && !this.broken;
  }

  /** `now` is undefined for events of the past. */
  see(event: Event, now: number | undefined): void {
    this.left?.see(event);
    switch (event.type) {
      case 'run-started':
        this.started = event;
        this.left = this.makeLeft(event);
        break;
      case 'run-finished':
        this.finished = event;
        break;
      case 'warning':
        this.warnings.push(event.message);
        break;
      case 'stage-cached':
        this.counted.cached++;
        this.stages.set(event.stage, {
          ...nothing(),
          state: 'cached',
          key: event.key,
          outputs: event.outputs,
        });
        break;
      case 'stage-started':
        this.stages.set(event.stage, {
          ...nothing(),
          state: 'running',
          key: event.key,
          reasons: event.reasons,
          attempt: event.attempt,
          log: event.log,
          resumed: event.resumed,
          ...(now !== undefined && { since: now }),
        });
        break;
      case 'stage-progress':
        this.change(event.stage, { progress: event.progress });
        break;
      case 'stage-log':
        this.log(event.stage, event.message.split('\n'));
        break;
      case 'stage-waiting':
        this.change(event.stage, {
          progress: {
            message: event.for ? `waiting for ${event.for}` : 'another process is building it',
          },
        });
        break;
      case 'stage-retrying': {
        const [headline] = describeFailure(event.failure);
        this.log(event.stage, [`attempt ${event.attempt} failed: ${headline}`]);
        this.change(event.stage, { progress: { message: 'waiting for a retry' } });
        break;
      }
      case 'stage-finished':
        this.counted.executed++;
        this.change(event.stage, {
          state: 'done',
          key: event.key,
          outputs: event.outputs,
          seconds: event.seconds,
        });
        break;
      case 'stage-failed': {
        const { stage, failure } = event;
        // A node and the head of the run may both report it.
        if (this.stages.get(stage)?.state === 'failed') break;
        this.change(stage, { state: 'failed', failure });
        this.failures.push({ stage, message: describeFailure(failure)[0] });
        break;
      }
      case 'stage-skipped':
        this.counted.skipped++;
        this.change(event.stage, { state: 'skipped', because: event.because });
        break;
      default:
        // A journal of a later version may have other events, so this does not throw.
        event satisfies never;
    }
  }

  /** An error has ended the run before it could finish. */
  fail(problem: unknown): void {
    this.broken = true;
    this.warnings.push(
      `the run has stopped: ${problem instanceof Error ? problem.message : problem}`,
    );
  }

  /** Takes the progress that another process reported. Returns the stages whose progress changed. */
  lookOn(running: RunningStages): readonly StageId[] {
    const news: StageId[] = [];
    for (const [id, { since, progress }] of Object.entries(running)) {
      const stage = id as StageId;
      const reported = this.stages.get(stage);
      // The stage may have ended since.
      if (reported?.state !== 'running') continue;
      const isKnown =
        reported.since !== undefined && isDeepStrictEqual(reported.progress, progress);
      if (isKnown) continue;
      if (progress) this.left?.see({ type: 'stage-progress', stage, progress });
      this.change(stage, { since, ...(progress && { progress }) });
      news.push(stage);
    }
    return news;
  }

  /** For stages whose jobs are at a cluster. Returns those that were not reported before. */
  waitFor(stages: ReadonlySet<StageId>): readonly StageId[] {
    const news = [...stages].filter((stage) => !this.stages.has(stage));
    for (const stage of news) this.change(stage, { progress: { message: QUEUED } });
    return news;
  }

  counts(): Pick<RunSummary, 'executed' | 'cached' | 'skipped'> {
    const { executed, cached, skipped } = (!this.goesOn && this.finished) || this.counted;
    return { executed, cached, skipped };
  }

  private change(stage: StageId, more: Partial<Reported>): void {
    this.stages.set(stage, { ...(this.stages.get(stage) ?? nothing()), ...more });
  }

  private log(stage: StageId, lines: readonly string[]): void {
    const reported = this.stages.get(stage) ?? nothing();
    for (const line of lines) reported.lines.push(line);
    const over = reported.lines.length - MOST_LINES;
    // Dropped in batches: dropping one would move thousands for each line.
    if (over > MOST_LINES / 5) reported.dropped += reported.lines.splice(0, over).length;
    this.stages.set(stage, reported);
  }
}

function nothing(): Reported {
  return { state: 'running', attempt: 1, lines: [], dropped: 0 };
}
