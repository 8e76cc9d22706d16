/**
 * Takes the stages of a run when their inputs are known: uses hits at once, and has the other stages built.
 *
 * Stages are taken in turns. In a turn, everything that is ready is decided together, by the same function as in the
 * plan, so the cache is asked once for all of it.
 */
import { isStop } from '../../base/is-stop.ts';
import type { Stage, StageId } from '../graph/pipeline.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { Builds, type BuildsContext } from './builds.ts';
import type { Decision, Hit, Outputs } from './decide.ts';
import { cacheFailure, type Failure } from './failure.ts';
import { type Fetching, wantedBy } from './fetching.ts';
import { Hits } from './hits.ts';
import type { NewestResults } from './newest-results.ts';
import type { RunDecision } from './order.ts';
import type { Plan } from './plan.ts';
import { ReadyStages } from './ready-stages.ts';
import { buildersOf, InputRebuilds } from './rebuild-inputs.ts';
import { RunDecisions } from './run-decisions.ts';
import { StageCounts } from './stage-counts.ts';
import { unlessAborted } from './stops.ts';
import type { Built } from './workplace.ts';

export interface RunLoopContext extends BuildsContext {
  readonly newest: NewestResults;
  /** After a failure, go on with everything that does not depend on it. */
  readonly keepGoing: boolean;
  readonly forced: ReadonlySet<StageId>;
  readonly fetching: Fetching;
  /** Results that the plan found in the store may be gone. */
  readonly outdated: boolean;
}

export class RunLoop {
  readonly counts = new StageCounts();
  /** Results that were left in the remote cache. */
  readonly notFetched = new Set<StageId>();
  private readonly plan: Plan;
  private readonly context: RunLoopContext;
  private readonly decisions: RunDecisions;
  private readonly ready: ReadyStages;
  private readonly rebuilds = new InputRebuilds();
  private readonly builds: Builds;
  private readonly hits: Hits;
  /** Stages that depend on a failed one. Some may have been ready until an input was damaged. */
  private readonly skipped = new Set<StageId>();
  /** Set while stages are taken. */
  private turn: Promise<void> | undefined;
  private onQuiet: () => void = () => undefined;

  constructor(plan: Plan, context: RunLoopContext) {
    const { pipeline, counts } = plan;
    this.plan = plan;
    this.context = context;
    const isWanted = wantedBy(context.fetching, pipeline);
    this.hits = new Hits(plan, context.newest, isWanted);
    const signal = context.stops.running;
    this.decisions = new RunDecisions(plan, { ...context, isWanted, signal });
    this.ready = new ReadyStages(pipeline, counts.run + counts.pending === 0 && !context.outdated);
    this.builds = new Builds(plan, context);
  }

  /** Resolves when nothing runs and nothing more starts. Rejects for a bug. */
  async run(): Promise<void> {
    const { stops } = this.context;
    await new Promise<void>((resolve) => {
      this.onQuiet = resolve;
      stops.starting.addEventListener('abort', () => this.onHalt(), { once: true });
      void this.advance();
    });
    if (stops.bug) throw stops.bug.problem;
  }

  /** Ends the run when the running stages have ended. It may have been halted before. */
  private stopForBug(problem: unknown): void {
    this.context.stops.stopForBug(problem);
    this.onHalt();
  }

  /** No new stage starts. The running ones continue. */
  private onHalt(): void {
    this.builds.dropWaiting();
    if (!this.builds.isRunning && !this.turn) this.onQuiet();
  }

  private get halted(): boolean {
    return this.context.stops.starting.aborted;
  }

  /** Resolves when every ready stage is complete, scheduled or failed. Never rejects. */
  private advance(): Promise<void> {
    this.turn ??= Promise.resolve().then(() => this.takeReady());
    return this.turn;
  }

  private async takeReady(): Promise<void> {
    try {
      for (let stages = this.next(); stages.length > 0; stages = this.next()) {
        await this.take(stages);
      }
    } catch (problem) {
      this.turn = undefined;
      if (isStop(problem, this.context.stops.running)) this.onHalt();
      else this.stopForBug(problem);
      return;
    }
    this.turn = undefined;
    if (this.builds.isNone) this.onQuiet();
    else if (!this.halted) this.builds.prewarm((id) => this.ready.unblockedBy(id));
  }

  private next(): readonly Stage[] {
    return this.halted ? [] : this.ready.takeAll();
  }

  private async take(stages: readonly Stage[]): Promise<void> {
    const { inPlanOrder } = this.ready;
    const decisions = this.decisions.of(stages, inPlanOrder);
    // A stopped run does not wait for a cache that does not answer.
    const decided = await unlessAborted(decisions, this.context.stops.running);
    this.builds.batch(() => {
      for (const stage of stages) {
        // If this stage turned out to be lost, the other stages now wait for their inputs.
        if (this.halted || this.ready.inPlanOrder !== inPlanOrder) return;
        if (!this.skipped.has(stage.id)) this.settle(stage, decided.get(stage.id)!);
      }
    });
  }

  private settle(stage: Stage, decision: Decision | Failure): void {
    switch (decision.kind) {
      case 'pending':
        // An input was found damaged meanwhile.
        if (!this.rebuilds.wait(stage, decision.on, this.decisions.outputs)) this.ready.add(stage);
        break;
      case 'hit':
        this.settleHit(stage, decision);
        break;
      case 'run':
        this.schedule(stage, decision);
        break;
      default:
        this.fail(stage, decision);
    }
  }

  private settleHit(stage: Stage, hit: Hit): void {
    const shown = this.hits.show(stage, hit);
    if (shown === 'damaged') {
      // The cache is asked again, and then checks the files.
      this.decisions.forget(stage.id);
      if (!this.ready.inPlanOrder) this.ready.add(stage);
      else this.ready.waitForInputs((id) => this.decisions.outputs.has(id));
      return;
    }
    if (typeof shown !== 'string') {
      this.fail(stage, cacheFailure(shown));
      return;
    }
    const { key, outputs, standIn, remote } = hit;
    this.counts.add(stage.id, 'cached');
    if (shown === 'left') this.notFetched.add(stage.id);
    this.context.emit({
      type: 'stage-cached',
      stage: stage.id,
      key,
      outputs,
      ...(standIn && { standIn }),
      ...(remote && { remote }),
    });
    this.complete(stage, outputs);
  }

  private schedule(stage: Stage, decision: RunDecision): void {
    const lack = this.builds.add(stage, decision, {
      onEnd: (result) => {
        if (result.ok) this.finish(stage, decision.key, result.value);
        else if (!this.rebuildInputs(stage, result.error)) this.fail(stage, result.error);
        // Stages that depend on this one may be more urgent than those that wait for its resources.
        return this.advance();
      },
      onBug: (problem) => this.stopForBug(problem),
    });
    if (lack !== undefined) this.fail(stage, { kind: 'no-resources', message: lack });
  }

  /**
   * Damaged bytes were moved aside. The stages that built them run again, and this stage waits for
   * them. False if no stage of this pipeline built them, or if the limit is reached.
   */
  private rebuildInputs(stage: Stage, failure: Failure): boolean {
    if (failure.kind !== 'corrupt-input' || this.halted) return false;
    const builders = buildersOf(stage, failure, this.decisions.outputs, this.plan.pipeline);
    if (builders === 'rebuilt') {
      // The inputs were rebuilt with other bytes, so this stage has another key now.
      this.ready.add(stage);
      return true;
    }
    if (!this.rebuilds.begin(stage, builders)) return false;
    for (const builder of builders) {
      // Another stage may have found the same damage before.
      if (!this.decisions.outputs.delete(builder.id)) continue;
      const message = this.notFetched.has(builder.id)
        ? `"${failure.file}" of ${builder.id} could not be fetched from the cache; it is rebuilt`
        : `"${failure.file}" of ${builder.id} was damaged on disk; it is rebuilt`;
      this.context.emit({ type: 'warning', message });
      this.decisions.forget(builder.id);
      this.ready.add(builder);
    }
    return true;
  }

  private finish(stage: Stage, key: StageKey, { executed, outputs, seconds }: Built): void {
    if (!this.context.newest.record(stage, { key, outputs, seconds })) {
      this.fail(stage, { kind: 'damaged-output' });
      return;
    }
    this.notFetched.delete(stage.id);
    this.counts.add(stage.id, executed ? 'executed' : 'cached');
    this.complete(stage, outputs);
  }

  private complete(stage: Stage, outputs: Outputs): void {
    this.decisions.outputs.set(stage.id, outputs);
    for (const waiting of this.rebuilds.end(stage.id)) this.ready.add(waiting);
    this.ready.complete(stage.id);
  }

  private fail(stage: Stage, failure: Failure): void {
    if (failure.kind !== 'stopped') {
      this.counts.add(stage.id, 'failed');
      this.context.emit({ type: 'stage-failed', stage: stage.id, failure });
      // A stage that has taken its inputs continues, because it took them before they were damaged.
      const goesOn = (id: StageId) => this.decisions.outputs.has(id) || this.builds.has(id);
      for (const id of this.ready.drop(stage.id, goesOn)) {
        this.skipped.add(id);
        this.counts.skip();
        this.context.emit({ type: 'stage-skipped', stage: id, because: stage.id });
      }
    }
    if (failure.kind === 'stopped' || !this.context.keepGoing) this.context.stops.halt();
  }
}
