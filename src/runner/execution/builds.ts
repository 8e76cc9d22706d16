/** The stages that a run builds: they wait for resources, the longest critical path first, and then run at the workplace. */
import type { Result } from '../../base/result.ts';
import type { Stage, StageId } from '../graph/pipeline.ts';
import { criticalPaths } from './critical-path.ts';
import type { PlanContext } from './decide.ts';
import type { Emit } from './event.ts';
import type { Failure } from './failure.ts';
import { Load } from './load.ts';
import type { RunDecision } from './order.ts';
import type { Plan } from './plan.ts';
import { Prewarmer } from './prewarmer.ts';
import { resourcesOf } from './resource-pool.ts';
import { runStage } from './run-stage.ts';
import { Scheduler } from './scheduler.ts';
import type { Stops } from './stops.ts';
import type { Built, Workplace } from './workplace.ts';

export interface BuildsContext {
  readonly run: string;
  readonly planContext: PlanContext;
  readonly emit: Emit;
  readonly workplace: Workplace;
  readonly stops: Stops;
  /** How many stages may run at once. */
  readonly jobs: number;
}

/** How a build ends. */
export interface BuildEnd {
  /** The resources of the stage are kept until this resolves. */
  readonly onEnd: (result: Result<Built, Failure>) => Promise<void>;
  readonly onBug: (problem: unknown) => void;
}

export class Builds {
  private readonly context: BuildsContext;
  private readonly scheduler: Scheduler;
  private readonly load: Load;
  private readonly criticalPaths: ReadonlyMap<StageId, number>;
  private readonly prewarmer: Prewarmer;
  private logs = 0;

  constructor({ pipeline, counts }: Plan, context: BuildsContext) {
    const { workplace, planContext, jobs } = context;
    this.context = context;
    this.scheduler = new Scheduler(workplace.capacities);
    this.load = new Load(jobs);
    const allHits = counts.run + counts.pending === 0;
    this.criticalPaths = allHits ? new Map() : criticalPaths(pipeline, planContext);
    this.prewarmer = new Prewarmer(pipeline, workplace, planContext.facts, this.criticalPaths);
  }

  /** Whether no stage waits or runs. */
  get isNone(): boolean {
    return this.load.isNone;
  }

  get isRunning(): boolean {
    return this.load.isRunning;
  }

  /** Whether the stage waits for resources or runs. */
  has(id: StageId): boolean {
    return this.load.stages.has(id);
  }

  /** Starts nothing while `add` adds stages, so that the most urgent of them starts first. */
  batch(add: () => void): void {
    this.scheduler.batch(add);
  }

  /** Returns the reason, as a sentence, if the stage can never start here. */
  add(stage: Stage, decision: RunDecision, { onEnd, onBug }: BuildEnd): string | undefined {
    const { run, planContext, emit, workplace, stops } = this.context;
    const { facts } = planContext;
    const priority = this.criticalPaths.get(stage.id) ?? 0;
    const lack = this.scheduler.add(resourcesOf(stage, facts), priority, async (share) => {
      this.load.start();
      try {
        const result = await runStage(stage, decision, {
          run,
          facts,
          share,
          emit,
          workplace,
          signal: stops.running,
          halting: stops.starting,
          freeCores: () => this.load.freeCores,
          nextLog: () => `logs/${++this.logs}.log`,
        });
        // In the same turn as what follows. Otherwise the run would look idle in between.
        this.load.end(stage.id);
        await onEnd(result);
      } catch (problem) {
        this.load.end(stage.id);
        onBug(problem);
      }
    });
    if (lack === undefined) this.load.schedule(stage.id);
    return lack;
  }

  /** Lets the workplace start slow preparations for the stages that depend on the running ones. */
  prewarm(unblockedBy: (id: StageId) => readonly Stage[]): void {
    this.prewarmer.next(this.load.stages, unblockedBy);
  }

  /** Drops the stages that have not started. */
  dropWaiting(): void {
    this.load.dropWaiting();
    this.scheduler.clear();
  }
}
