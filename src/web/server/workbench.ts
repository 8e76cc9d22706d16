/**
 * The state behind the page, kept up to date: the current plan of the pipeline, and its runs. It only reads. If runs
 * are allowed, the function that starts them is passed in.
 */
import { basename } from 'node:path';
import type { Result } from '../../base/result.ts';
import {
  type BadInput,
  type Event,
  LeftJobs,
  type Prepared,
  type Project,
  pastSeconds,
  type RunStarted,
  readRun,
  type StageId,
  TimeLeft,
} from '../../runner/index.ts';
import type { CurvesAnswer, InstancesAnswer, LogPiece, StageDetail } from '../answers.ts';
import type { PipelineMessage, Problem, ServerMessage } from '../messages.ts';
import { Board } from './board.ts';
import { Curves } from './curves.ts';
import { instancesOf } from './instances.ts';
import { problemsOf, viewOf } from './pipeline-view.ts';
import { statusOf } from './run-status.ts';
import { RunStory } from './run-story.ts';
import { RunWatch } from './run-watch.ts';
import { detailOf } from './stage-detail.ts';
import { logOf } from './stage-log.ts';

export interface WorkbenchOptions {
  readonly project: Project;
  readonly mayRun: boolean;
  /** Whether the command line sets single values. */
  readonly hasSettings?: boolean;
  /** The plan of the pipeline as it is now. */
  readonly read: () => Promise<Result<Prepared, BadInput>>;
  /** Resolves when something that was read last has changed; with undefined when the signal ends it. */
  readonly nextChange: (signal: AbortSignal) => Promise<unknown>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface OwnStory {
  readonly see: (event: Event) => void;
  readonly end: (problem?: unknown) => void;
}

/** How often journals are read and changes are sent. */
const TICK_MS = 200;

/** Of the finished runs, only the newest is shown. */
const MOST_STORIES = 8;

export class Workbench {
  readonly options: WorkbenchOptions;
  private readonly listeners = new Set<(message: ServerMessage) => void>();
  private readonly watch: RunWatch;
  private readonly curves: Curves;
  private stories: RunStory[] = [];
  private current: { readonly prepared: Prepared; readonly board: Board } | undefined;
  private problems: readonly Problem[] = [];
  private reading: Promise<void> | undefined;
  private readAgain = false;
  private ticks = 0;
  private reported = '';

  constructor(options: WorkbenchOptions) {
    this.options = options;
    const { layout, environment } = options.project;
    this.curves = new Curves(layout);
    this.watch = new RunWatch({
      layout,
      leftJobs: new LeftJobs(layout, environment),
      now: options.now,
      makeStory: (run) => this.begin(run, false),
      onEvent: (_story, event) => this.note(event),
      onNews: (_story, stage) => this.current?.board.note(stage),
      onEnd: () => void this.refresh(),
    });
  }

  /** Resolves when the signal aborts. */
  async stay(): Promise<void> {
    const { nextChange, signal } = this.options;
    this.watch.look();
    const timer = setInterval(() => this.tick(), TICK_MS);
    while (!signal.aborted) {
      // Changes during the reading are seen, because the watch has already started.
      const stop = new AbortController();
      const either = AbortSignal.any([signal, stop.signal]);
      const early = nextChange(either);
      await this.refresh();
      await Promise.race([early, nextChange(either)]);
      stop.abort();
    }
    clearInterval(timer);
  }

  get prepared(): Prepared | undefined {
    return this.current?.prepared;
  }

  /** Subscribes to messages. The first ones have the whole state. */
  subscribe(listener: (message: ServerMessage) => void): () => void {
    listener(this.pipelineMessage());
    listener({ type: 'run', run: this.status() });
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  detail(id: string): StageDetail | undefined {
    const { layout } = this.options.project;
    const stage = this.prepared?.plan.pipeline.byId.get(id as StageId);
    if (!stage || !this.current) return undefined;
    const { prepared, board } = this.current;
    return detailOf(stage, prepared, board, (run) => readRun(layout, run));
  }

  instances(name: string): InstancesAnswer | undefined {
    if (!this.current) return undefined;
    const { prepared, board } = this.current;
    const isKnown = prepared.plan.pipeline.stages.some((stage) => stage.name === name);
    return isKnown ? instancesOf(name, prepared, board) : undefined;
  }

  log(id: string, from: number): LogPiece | undefined {
    if (!this.prepared?.plan.pipeline.byId.has(id as StageId)) return undefined;
    return logOf(id as StageId, from, this.current!.board, this.options.project.layout);
  }

  /** Of an instance, or of all instances of a stage with this name. */
  curvesOf(id: string): CurvesAnswer | undefined {
    if (!this.current) return undefined;
    const { prepared, board } = this.current;
    const { byId, stages } = prepared.plan.pipeline;
    const one = byId.get(id as StageId);
    const some = one ? [one] : stages.filter(({ name }) => name === id);
    return some.length > 0 ? this.curves.of(some, prepared, board) : undefined;
  }

  /** For a run of this process, which calls `see` with its events, and `end` with the error that ended it, if any. */
  beginOwn(run: string): OwnStory {
    this.watch.leaveOut(run);
    const story = this.begin(run, true);
    return {
      see: (event) => {
        story.see(event, this.options.now());
        this.note(event);
      },
      end: (problem) => {
        if (problem !== undefined) story.fail(problem);
        void this.refresh();
      },
    };
  }

  private begin(run: string, own: boolean): RunStory {
    const story = new RunStory(run, own, (started) => this.timeLeft(started));
    const live = this.stories.filter((one) => one.live);
    this.stories = [...live.slice(1 - MOST_STORIES), story];
    return story;
  }

  private timeLeft({ jobs }: RunStarted): TimeLeft | undefined {
    if (!this.prepared) return undefined;
    const { plan, planContext } = this.prepared;
    const toRun = [...plan.decisions].flatMap(([id, { kind }]) => (kind === 'hit' ? [] : [id]));
    return new TimeLeft(toRun, pastSeconds(plan.pipeline, planContext), jobs, this.options.now);
  }

  private note(event: Event): void {
    // No other run counts from here on.
    if (event.type === 'run-started') this.current?.board.noteAll();
    if ('stage' in event) this.current?.board.note(event.stage);
  }

  /** Several requests during a reading lead to one more reading. */
  private refresh(): Promise<void> {
    this.readAgain = true;
    this.reading ??= this.readNow().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readNow(): Promise<void> {
    while (this.readAgain) {
      this.readAgain = false;
      const read = await this.options.read();
      if (read.ok) {
        const board = new Board(read.value.plan, () => this.stories, this.options.now);
        this.current = { prepared: read.value, board };
      }
      this.problems = read.ok ? [] : problemsOf(read.error);
      this.send(this.pipelineMessage());
    }
  }

  private tick(): void {
    this.watch.look();
    const changes = this.current?.board.take();
    if (changes) this.send(changes);
    const status = this.status();
    // The page counts the elapsed time itself. The time left is sent every second.
    const { seconds: _counted, secondsLeft, ...rest } = status ?? { seconds: 0 };
    const text = JSON.stringify([rest, this.ticks++ % 5 === 0 && secondsLeft]);
    if (text === this.reported) return;
    this.reported = text;
    this.send({ type: 'run', run: status });
  }

  private status() {
    const story = this.stories.findLast((one) => one.live) ?? this.stories.at(-1);
    return story && statusOf(story, this.options.project.layout, this.options.now());
  }

  private pipelineMessage(): PipelineMessage {
    const { project, mayRun } = this.options;
    const view = this.current && viewOf(this.current.prepared, this.current.board);
    return {
      type: 'pipeline',
      name: basename(project.root),
      notes: this.current?.prepared.notes ?? [],
      problems: this.problems,
      read: this.current !== undefined,
      mayRun,
      ...(view ?? { groups: [], stages: [] }),
    };
  }

  private send(message: ServerMessage): void {
    for (const listener of this.listeners) listener(message);
  }
}
