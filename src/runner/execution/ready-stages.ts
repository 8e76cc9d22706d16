/** The stages whose inputs are known, in the order in which the run decides them. */
import { Frontier } from '../graph/frontier.ts';
import type { Pipeline, Stage, StageId } from '../graph/pipeline.ts';

export class ReadyStages {
  private readonly pipeline: Pipeline;
  /** Undefined while every stage is expected to be a hit: then each can be decided in the order of the plan. */
  private frontier: Frontier | undefined;
  private ready: Stage[];

  /** `allHits`: the plan says that there is nothing to do. */
  constructor(pipeline: Pipeline, allHits: boolean) {
    this.pipeline = pipeline;
    if (!allHits) this.frontier = new Frontier(pipeline);
    this.ready = this.frontier?.first() ?? [...pipeline.stages];
  }

  get inPlanOrder(): boolean {
    return this.frontier === undefined;
  }

  /** All that are ready now. They are not ready any more. */
  takeAll(): readonly Stage[] {
    const taken = this.ready;
    this.ready = [];
    return taken;
  }

  add(stage: Stage): void {
    this.ready.push(stage);
  }

  /** There was nothing to do, and now there is: the stages that depend on it have to wait for it. */
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

  /** The stages that will not run because this one failed, except for those that go on all the same. */
  drop(id: StageId, goesOn: (id: StageId) => boolean): readonly StageId[] {
    return this.frontier?.drop(id, goesOn) ?? [];
  }

  /** The stages that wait for this one alone. */
  unblockedBy(id: StageId): readonly Stage[] {
    return this.frontier?.unblockedBy(id) ?? [];
  }
}
