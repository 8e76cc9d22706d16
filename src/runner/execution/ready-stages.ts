/** The stages whose inputs are known, in the order in which the run decides them. */
import { Frontier } from '../graph/frontier.ts';
import type { Pipeline, Stage, StageId } from '../graph/pipeline.ts';

export class ReadyStages {
  private readonly pipeline: Pipeline;
  /**
   * Undefined while every stage is expected to be a hit. Then they can be decided in the order of
   * the plan.
   */
  private frontier: Frontier | undefined;
  private ready: Stage[];

  /** `allHits` is set if the plan has nothing to run. */
  constructor(pipeline: Pipeline, allHits: boolean) {
    this.pipeline = pipeline;
    if (!allHits) this.frontier = new Frontier(pipeline);
    this.ready = this.frontier?.first() ?? [...pipeline.stages];
  }

  get inPlanOrder(): boolean {
    return this.frontier === undefined;
  }

  /** Takes all stages that are ready now. */
  takeAll(): readonly Stage[] {
    const taken = this.ready;
    this.ready = [];
    return taken;
  }

  add(stage: Stage): void {
    this.ready.push(stage);
  }

  /** Called when a stage has to run after all. The stages that depend on it then wait for it. */
  waitForInputs(isComplete: (id: StageId) => boolean): void {
    const frontier = new Frontier(this.pipeline);
    this.frontier = frontier;
    this.ready = [];
    const next = frontier.first();
    for (let stage = next.shift(); stage; stage = next.shift()) {
      if (isComplete(stage.id)) next.push(...frontier.complete(stage.id));
      else this.ready.push(stage);
    }
  }

  complete(id: StageId): void {
    for (const stage of this.frontier?.complete(id) ?? []) this.ready.push(stage);
  }

  /** The stages that will not run because this one failed, except for those that `goesOn` keeps. */
  drop(id: StageId, goesOn: (id: StageId) => boolean): readonly StageId[] {
    return this.frontier?.drop(id, goesOn) ?? [];
  }

  /** The stages that wait only for this one. */
  unblockedBy(id: StageId): readonly Stage[] {
    return this.frontier?.unblockedBy(id) ?? [];
  }
}
