/**
 * Brings a pipeline up to date: hits are taken at once, the rest is scheduled as its inputs arrive.
 *
 * The same `decide` as the plan's answers for each stage, when all of its inputs are known.
 */
import { setMaxListeners } from 'node:events';
import { isSystemError } from '../../base/system-error.ts';
import { Frontier } from '../graph/frontier.ts';
import type { Stage, StageId } from '../graph/pipeline.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { LaterFlushes } from '../store/flushes.ts';
import { FreshLook } from '../store/fresh-look.ts';
import { collections } from '../store/live-run.ts';
import { dropWorkspaces, sweepWorkspaces } from '../store/workspace.ts';
import type { AttemptContext, Attempted, RunDecision } from './attempt-context.ts';
import type { Decision, Outputs } from './decide.ts';
import type { RunFinished } from './event.ts';
import type { Failure } from './failure.ts';
import { Healing, makersOf } from './healing.ts';
import { LiveMarker } from './live-marker.ts';
import { NewestResults } from './newest-results.ts';
import type { Plan } from './plan.ts';
import type { Preparing } from './preparing.ts';
import { type Capacities, resourcesOf } from './resource-pool.ts';
import type { Scheduler } from './scheduler.ts';
import { Tally } from './tally.ts';

export interface RunOptions {
  readonly capacities: Capacities;
  /** After a failure, go on with all that does not depend on it. */
  readonly keepGoing: boolean;
  readonly forced: ReadonlySet<StageId>;
}

/** What makes stages, which is loaded if one is to be made. */
interface Making extends Pick<typeof import('./making.ts'), 'decide' | 'attemptWithRetries'> {
  readonly scheduler: Scheduler;
  readonly preparing: Preparing;
  readonly urgency: ReadonlyMap<StageId, number>;
}

export type RunContext = Pick<
  AttemptContext,
  'run' | 'layout' | 'knowledge' | 'executor' | 'signal' | 'emit' | 'now'
>;

export function run(plan: Plan, options: RunOptions, context: RunContext): Promise<RunFinished> {
  return new PipelineRun(plan, options, context).go();
}

class PipelineRun {
  private readonly plan: Plan;
  private readonly options: RunOptions;
  private readonly context: Omit<AttemptContext, 'share' | 'attempt'>;
  /** None where nothing is to do: then the plan's own order is one in which each can be taken. */
  private frontier: Frontier | undefined;
  private readonly healing = new Healing();
  private making: Making | undefined;
  private readonly outputs = new Map<StageId, Outputs>();
  private readonly tally = new Tally();
  /** Inputs known, to be decided in this order. */
  private ready: Stage[] = [];
  /** How many of them were. */
  private taken = 0;
  private readonly newest: NewestResults;
  private readonly marker: LiveMarker;
  /** Scheduled or running. */
  private readonly underWay = new Set<StageId>();
  private waiting = 0;
  private running = 0;
  private readonly later: LaterFlushes;
  private logs = 0;
  private readonly halting = new AbortController();
  /** Stops what runs when a bug is met: it may still write a checkpoint. */
  private readonly breaking = new AbortController();
  private bug: { readonly problem: unknown } | undefined;
  private outdated = false;
  private readonly idle: boolean;
  private onQuiet: () => void = () => undefined;

  constructor(plan: Plan, options: RunOptions, context: RunContext) {
    this.plan = plan;
    this.options = options;
    const freeCores = (): number =>
      Math.max(1, options.capacities.cpu - this.running - this.waiting + 1);
    this.later = new LaterFlushes(context.now);
    const nextLog = (): string => `logs/${++this.logs}.log`;
    const signal = AbortSignal.any([context.signal, this.breaking.signal]);
    // Each stage that runs listens, and there may be hundreds.
    setMaxListeners(0, signal, this.halting.signal);
    this.marker = new LiveMarker({ ...context, signal }, () => {
      this.outdated = true;
    });
    const beLive = (): Promise<unknown> => this.marker.put();
    const freshLook = new FreshLook(context.layout, context.knowledge);
    const flushLater = this.later;
    this.context = { ...context, signal, freeCores, beLive, freshLook, flushLater, nextLog };
    this.newest = new NewestResults(context);
    this.idle = plan.counts.run + plan.counts.pending === 0;
    if (!this.idle) this.newest.attend('work/', () => sweepWorkspaces(context.layout));
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
    await this.marker.putIfWritable();
    if (this.outdated || collections(this.context.layout) !== knowledge.collections) {
      // A collection came between the plan and this marker: what was there may be gone.
      this.outdated = true;
    }
    if (!this.plan.isDone || this.outdated) this.making = await this.loadMaking();
    // A stage may wait for a lock of another run first, or turn out to be a hit: then it ends unused.
    if (this.plan.counts.run > 0) this.context.executor.prepare?.();
    if (this.idle && !this.outdated) {
      if (this.making) this.ready = [...this.plan.pipeline.stages];
    } else {
      this.frontier = new Frontier(this.plan.pipeline);
      this.ready = this.frontier.first();
    }
    let notOnDisk: string | undefined;
    try {
      await new Promise<void>((resolve) => {
        this.onQuiet = resolve;
        try {
          if (!this.making) this.reportAll();
          this.advance();
        } catch (problem) {
          this.breakOff(problem);
        }
      });
      if (this.bug) throw this.bug.problem;
    } finally {
      notOnDisk = this.flush();
      this.newest.attend('work/', () => dropWorkspaces(this.context.layout));
      await this.marker.remove();
    }
    signal.removeEventListener('abort', stop);
    const counts = this.tally.of(this.plan.pipeline.stages.length);
    const finished: RunFinished = {
      type: 'run-finished',
      run,
      ...counts,
      seconds: (now() - started) / 1000,
      interrupted: signal.aborted && counts.remaining > 0,
      ...(notOnDisk !== undefined && { notOnDisk }),
    };
    emit(finished);
    return finished;
  }

  /** What the disk said where it did not take all that waited for the end of the run. */
  private flush(): string | undefined {
    try {
      this.later.all();
      return undefined;
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      const message = `the disk did not take all results of this run: ${problem.message}; check the disk, then run "pipeline verify" to find damaged files`;
      this.context.emit({ type: 'warning', message });
      return problem.message;
    }
  }

  private async loadMaking(): Promise<Making> {
    const { decide, attemptWithRetries, Preparing, Scheduler, urgencies } = await import(
      './making.ts'
    );
    const { pipeline } = this.plan;
    const { capacities } = this.options;
    const urgency = this.idle ? new Map() : urgencies(pipeline, this.context.knowledge);
    return {
      ...{ decide, attemptWithRetries, urgency },
      scheduler: new Scheduler(capacities),
      preparing: new Preparing(pipeline, capacities.cpu, this.context, urgency),
    };
  }

  private get made(): Making {
    if (!this.making)
      throw new Error('a stage is to be decided in a run that found all of them made');
    return this.making;
  }

  /** A bug was met: what runs is stopped as by Ctrl-C, and then the run rejects. */
  private breakOff(problem: unknown): void {
    this.bug ??= { problem };
    this.breaking.abort();
    this.halt();
  }

  /** Nothing new starts; what runs goes on. */
  private halt(): void {
    this.halting.abort();
    this.waiting = 0;
    this.making?.scheduler.clear();
    if (this.running === 0) this.onQuiet();
  }

  private get halted(): boolean {
    return this.halting.signal.aborted;
  }

  /** Each stage was found to be made a moment ago, and nothing depends on the order. */
  private reportAll(): void {
    const { emit } = this.context;
    for (const [stage, decision] of this.plan.decisions) {
      if (this.halted) return;
      if (decision.kind !== 'hit') throw new Error(`${stage} is not made in a plan that is done`);
      this.tally.addCached();
      const { key, outputs } = decision;
      emit({ type: 'stage-cached', stage, key, outputs });
    }
  }

  private advance(): void {
    this.making?.scheduler.together(() => {
      for (let stage = this.next(); stage; stage = this.next()) this.settle(stage);
    });
    if (this.running === 0 && this.waiting === 0) this.onQuiet();
    else if (!this.halted) this.made.preparing.next(this.underWay, this.frontier);
  }

  private next(): Stage | undefined {
    if (this.halted || this.taken === this.ready.length) return undefined;
    return this.ready[this.taken++];
  }

  private settle(stage: Stage): void {
    const { emit } = this.context;
    let decision: Decision;
    try {
      decision = this.decisionOf(stage);
      // What is damaged by the time that it is shown is to be made again.
      if (!this.isShown(stage, decision)) {
        if (!this.frontier) {
          this.waitForInputs();
          return;
        }
        decision = this.decideNow(stage);
      }
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      this.fail(stage, { kind: 'unreadable-store', message: problem.message });
      return;
    }
    switch (decision.kind) {
      case 'pending':
        throw new Error(`${stage.id} was taken up before its inputs`);
      case 'hit': {
        const { key, outputs, standIn } = decision;
        this.tally.add(stage.id, 'cached');
        emit({ type: 'stage-cached', stage: stage.id, key, outputs, ...(standIn && { standIn }) });
        this.complete(stage, outputs);
        break;
      }
      case 'run':
        this.schedule(stage, decision);
        break;
    }
  }

  /** There was nothing to do, and now there is: stages that depend on it have to wait for it. */
  private waitForInputs(): void {
    this.frontier = new Frontier(this.plan.pipeline);
    this.ready = [];
    this.taken = 0;
    const next = this.frontier.first();
    for (let stage = next.shift(); stage; stage = next.shift()) {
      if (this.outputs.has(stage.id)) next.push(...this.frontier.complete(stage.id));
      else this.ready.push(stage);
    }
  }

  /** The plan's, where its inputs came out as the plan knew them: it was made a moment ago. */
  private decisionOf(stage: Stage): Decision {
    const planned = this.plan.decisions.get(stage.id)!;
    // Until something is to be made, all came out as planned.
    if (!this.frontier && !this.outdated) return planned;
    const asPlanned =
      !this.outdated &&
      planned.kind !== 'pending' &&
      !this.tally.has(stage.id) &&
      [...stage.inputs.values()].every((references) =>
        references.every(({ stage: id }) => this.outputs.get(id) === this.plannedOutputs(id)),
      );
    return asPlanned ? planned : this.decideNow(stage);
  }

  private decideNow(stage: Stage): Decision {
    const forced = this.options.forced.has(stage.id);
    return this.made.decide(stage, (id) => this.outputs.get(id), this.context.knowledge, forced);
  }

  /** False where it is known as a result of the past, and its bytes turn out to be lost. */
  private isShown(stage: Stage, decision: Decision): boolean {
    if (decision.kind !== 'hit') return true;
    const { plan } = this;
    if (plan.isShown?.(stage.id) && decision === plan.decisions.get(stage.id)) return true;
    const { key, outputs } = decision;
    return this.newest.remember(stage, { key, outputs, seconds: undefined });
  }

  private plannedOutputs(id: StageId): Outputs | undefined {
    const planned = this.plan.decisions.get(id)!;
    return planned.kind === 'hit' ? planned.outputs : undefined;
  }

  private schedule(stage: Stage, decision: RunDecision): void {
    const { facts } = this.context.knowledge;
    const resources = resourcesOf(stage, facts);
    const { scheduler, urgency, attemptWithRetries } = this.made;
    const lack = scheduler.add(resources, urgency.get(stage.id) ?? 0, async (share) => {
      this.waiting--;
      this.running++;
      // What follows is in the same turn: nobody may find that nothing runs before.
      const ended = (): void => {
        if (this.underWay.delete(stage.id)) this.running--;
      };
      try {
        const context = { ...this.context, share };
        const result = await attemptWithRetries(stage, decision, context, this.halting.signal);
        ended();
        if (result.ok) this.finish(stage, decision.key, result.value);
        else if (!this.heal(stage, result.error)) this.fail(stage, result.error);
        this.advance();
      } catch (problem) {
        ended();
        this.breakOff(problem);
      }
    });
    if (lack === undefined) {
      this.waiting++;
      this.underWay.add(stage.id);
    } else this.fail(stage, { kind: 'no-resources', message: lack });
  }

  /**
   * Damaged bytes were moved aside: whoever made them does so again, and this stage waits for that.
   * False where nobody in this pipeline made them, or where it has been tried often enough.
   */
  private heal(stage: Stage, failure: Failure): boolean {
    if (failure.kind !== 'corrupt-input' || this.halted) return false;
    const makers = makersOf(stage, failure, this.outputs, this.plan.pipeline);
    if (makers === 'made again') {
      // With other bytes, which give this stage another key.
      this.ready.push(stage);
      return true;
    }
    if (!this.healing.begin(stage, makers)) return false;
    for (const maker of makers) {
      // Another stage may have met the same damage, and sent for it already.
      if (!this.outputs.delete(maker.id)) continue;
      const message = `"${failure.file}" of ${maker.id} was damaged on disk; it is made again`;
      this.context.emit({ type: 'warning', message });
      this.ready.push(maker);
    }
    return true;
  }

  private finish(stage: Stage, key: StageKey, { executed, outputs, seconds }: Attempted): void {
    if (!this.newest.remember(stage, { key, outputs, seconds })) {
      this.fail(stage, { kind: 'damaged-output' });
      return;
    }
    this.tally.add(stage.id, executed ? 'executed' : 'cached');
    this.complete(stage, outputs);
  }

  private complete(stage: Stage, outputs: Outputs): void {
    this.outputs.set(stage.id, outputs);
    for (const waiting of this.healing.end(stage.id)) this.ready.push(waiting);
    for (const next of this.frontier?.complete(stage.id) ?? []) this.ready.push(next);
  }

  private fail(stage: Stage, failure: Failure): void {
    if (failure.kind !== 'stopped') {
      const { emit } = this.context;
      this.tally.add(stage.id, 'failed');
      emit({ type: 'stage-failed', stage: stage.id, failure });
      // What has its inputs already goes on: it took them before they were damaged.
      const goesOn = (id: StageId): boolean => this.outputs.has(id) || this.underWay.has(id);
      for (const id of this.frontier?.drop(stage.id, goesOn) ?? []) {
        this.tally.skip();
        emit({ type: 'stage-skipped', stage: id, because: stage.id });
      }
    }
    if (failure.kind === 'stopped' || !this.options.keepGoing) this.halt();
  }
}
