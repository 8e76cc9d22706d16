/**
 * Brings a pipeline up to date: hits are taken at once, the rest is scheduled as its inputs arrive.
 *
 * The same `decide` as the plan's answers for each stage, when all of its inputs are known.
 */
import { Frontier } from '../graph/frontier.ts';
import type { Stage, StageId } from '../graph/pipeline.ts';
import { digestOf } from '../key/digest.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { showLatest } from '../store/latest-tree.ts';
import { showLive } from '../store/live-run.ts';
import { sweepWorkspaces } from '../store/workspace.ts';
import { type AttemptContext, attempt } from './attempt.ts';
import { type Decision, decide, type Outputs } from './decide.ts';
import type { RunFinished } from './event.ts';
import type { Failure } from './failure.ts';
import type { Plan } from './plan.ts';
import { type Capacities, Scheduler } from './scheduler.ts';
import { urgencies } from './urgency.ts';

export interface RunOptions {
  readonly capacities: Capacities;
  /** After a failure, go on with all that does not depend on it. */
  readonly keepGoing: boolean;
  readonly forced: ReadonlySet<StageId>;
}

export type RunContext = Omit<AttemptContext, 'freeCores' | 'beLive'>;

export function run(plan: Plan, options: RunOptions, context: RunContext): Promise<RunFinished> {
  return new PipelineRun(plan, options, context).go();
}

class PipelineRun {
  private readonly plan: Plan;
  private readonly options: RunOptions;
  private readonly context: AttemptContext;
  private readonly frontier: Frontier;
  private readonly scheduler: Scheduler;
  private readonly urgency: ReadonlyMap<StageId, number>;
  private readonly outputs = new Map<StageId, Outputs>();
  private readonly count = { executed: 0, cached: 0, failed: 0, skipped: 0 };
  /** Inputs known, to be decided in this order. */
  private readonly ready: Stage[];
  /** How many of them were. */
  private taken = 0;
  private readonly warned = new Set<string>();
  private live: Promise<() => void> | undefined;
  private waiting = 0;
  private running = 0;
  private halted = false;
  private onQuiet: () => void = () => undefined;
  private onBug: (problem: unknown) => void = () => undefined;

  constructor(plan: Plan, options: RunOptions, context: RunContext) {
    this.plan = plan;
    this.options = options;
    const freeCores = (): number =>
      Math.max(1, options.capacities.cpu - this.running - this.waiting + 1);
    this.context = { ...context, freeCores, beLive: () => this.beLive() };
    this.frontier = new Frontier(plan.pipeline);
    this.ready = this.frontier.first();
    this.scheduler = new Scheduler(options.capacities);
    const idle = plan.counts.run + plan.counts.pending === 0;
    this.urgency = idle ? new Map() : urgencies(plan.pipeline, context.knowledge);
    if (!idle) this.attend('work/', () => sweepWorkspaces(context.layout));
  }

  async go(): Promise<RunFinished> {
    const { signal, now, emit, knowledge, run } = this.context;
    const started = now();
    const time = new Date(started).toISOString();
    const jobs = this.options.capacities.cpu;
    emit({ type: 'run-started', run, time, plan: this.plan.counts, jobs, facts: knowledge.facts });
    const stop = (): void => this.halt();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) this.halt();
    // Before the first decision, so that nothing that it finds is collected. A run that only meets hits
    // hands them out, and one that a plan thought so may turn out to make something: they wait as well.
    // Where no marker can be written, the stages that need it tell.
    await this.beLive().catch(() => undefined);
    try {
      await new Promise<void>((resolve, reject) => {
        this.onQuiet = resolve;
        this.onBug = reject;
        this.advance();
      });
    } finally {
      await this.live?.then((release) => release()).catch(() => undefined);
    }
    signal.removeEventListener('abort', stop);
    const { executed, cached, failed, skipped } = this.count;
    const remaining = this.plan.pipeline.stages.length - executed - cached - failed - skipped;
    const finished: RunFinished = {
      type: 'run-finished',
      run,
      ...this.count,
      remaining,
      seconds: (now() - started) / 1000,
      interrupted: signal.aborted && remaining > 0,
    };
    emit(finished);
    return finished;
  }

  /** Rejects where no marker can be written: the stage that needs it fails with the reason. */
  private beLive(): Promise<() => void> {
    const { layout, run, signal, emit } = this.context;
    this.live ??= showLive(layout, `run ${run}`, signal, (gc) => {
      const by = gc && gc.pid > 0 ? ` (pid ${gc.pid} on ${gc.host})` : '';
      emit({ type: 'warning', message: `waiting for gc${by}, which is clearing the store` });
    });
    return this.live;
  }

  /** Nothing new starts; what runs goes on. */
  private halt(): void {
    this.halted = true;
    this.waiting = 0;
    this.scheduler.clear();
    if (this.running === 0) this.onQuiet();
  }

  private advance(): void {
    this.scheduler.together(() => {
      for (let stage = this.next(); stage; stage = this.next()) this.settle(stage);
    });
    if (this.running === 0 && this.waiting === 0) this.onQuiet();
  }

  private next(): Stage | undefined {
    if (this.halted || this.taken === this.ready.length) return undefined;
    return this.ready[this.taken++];
  }

  private settle(stage: Stage): void {
    const { knowledge, emit } = this.context;
    const forced = this.options.forced.has(stage.id);
    const decision = decide(stage, (id) => this.outputs.get(id), knowledge, forced);
    switch (decision.kind) {
      case 'pending':
        throw new Error(`${stage.id} was taken up before its inputs`);
      case 'hit': {
        const { key, outputs } = decision;
        this.count.cached++;
        emit({ type: 'stage-cached', stage: stage.id, key, outputs });
        this.complete(stage, key, outputs);
        break;
      }
      case 'run':
        this.waiting++;
        this.scheduler.add(stage.type.resource, this.urgency.get(stage.id) ?? 0, async () => {
          this.waiting--;
          try {
            await this.execute(stage, decision);
            this.advance();
          } catch (problem) {
            this.onBug(problem);
          }
        });
        break;
    }
  }

  private async execute(stage: Stage, decision: Extract<Decision, { kind: 'run' }>): Promise<void> {
    this.running++;
    const result = await attempt(stage, decision, this.context);
    this.running--;
    if (result.ok) {
      const { executed, outputs } = result.value;
      this.count[executed ? 'executed' : 'cached']++;
      this.complete(stage, decision.key, outputs);
    } else {
      this.fail(stage, result.error);
    }
  }

  private complete(stage: Stage, key: StageKey, outputs: Outputs): void {
    const { knowledge, layout } = this.context;
    this.outputs.set(stage.id, outputs);
    // These serve people and later explanations: that they can't be written must not stop a run.
    this.attend('what ran last', () => knowledge.latest.set({ stage: stage.id, key, outputs }));
    const show = (): void => showLatest(folderOf(stage), outputs, layout, knowledge.store);
    this.attend('latest/', show);
    this.ready.push(...this.frontier.complete(stage.id));
  }

  private attend(what: string, write: () => void): void {
    try {
      write();
    } catch (problem) {
      if (this.warned.has(what)) return;
      this.warned.add(what);
      const message = `${what} can't be kept up to date: ${(problem as Error).message}`;
      this.context.emit({ type: 'warning', message });
    }
  }

  private fail(stage: Stage, failure: Failure): void {
    if (failure.kind !== 'stopped') {
      const { emit } = this.context;
      this.count.failed++;
      emit({ type: 'stage-failed', stage: stage.id, failure });
      for (const id of this.frontier.drop(stage.id)) {
        this.count.skipped++;
        emit({ type: 'stage-skipped', stage: id, because: stage.id });
      }
    }
    if (failure.kind === 'stopped' || !this.options.keepGoing) this.halt();
  }
}

/** Most file systems take 255 bytes in a name. */
const LONGEST_NAME = 200;

/** `latest/decompose/method=svd,rate=25`: one folder a stage, one below it an instance. */
function folderOf({ name, axes }: Stage): string {
  if (axes.size === 0) return name;
  const text = [...axes].map(([axis, value]) => `${axis}=${escaped(String(value))}`).join(',');
  const short =
    text.length > LONGEST_NAME ? `${text.slice(0, 180)}~${digestOf(text).slice(0, 12)}` : text;
  return `${name}/${short}`;
}

/** Different values stay different: what can't stand in a name, and the sign itself, by its code. */
function escaped(value: string): string {
  return value.replace(/[^\w.+\- ]/g, (sign) => encodeURIComponent(sign));
}
