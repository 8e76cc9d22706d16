/** Finds the stages that can run: those whose dependencies are all complete. */
import { addTo } from '../../base/add-to.ts';
import { dependenciesOf, type Pipeline, type Stage, type StageId } from './pipeline.ts';

export class Frontier {
  private readonly pipeline: Pipeline;
  private readonly missing = new Map<StageId, number>();
  private readonly dependants = new Map<StageId, StageId[]>();
  private readonly dropped = new Set<StageId>();
  private readonly completed = new Set<StageId>();

  constructor(pipeline: Pipeline) {
    this.pipeline = pipeline;
    for (const stage of pipeline.stages) {
      const dependencies = dependenciesOf(stage);
      this.missing.set(stage.id, dependencies.size);
      for (const id of dependencies) {
        addTo(this.dependants, id, stage.id);
      }
    }
  }

  first(): Stage[] {
    return this.pipeline.stages.filter((stage) => this.missing.get(stage.id) === 0);
  }

  /** The stages that wait only for this one. */
  unblockedBy(id: StageId): Stage[] {
    return (this.dependants.get(id) ?? [])
      .filter((dependant) => this.missing.get(dependant) === 1)
      .map((dependant) => this.pipeline.byId.get(dependant)!);
  }

  /** Marks a stage as complete, and returns the stages that waited only for it. Empty if it was complete before. */
  complete(id: StageId): Stage[] {
    const ready: Stage[] = [];
    if (this.completed.has(id)) return ready;
    this.completed.add(id);
    for (const dependant of this.dependants.get(id) ?? []) {
      const missing = this.missing.get(dependant)! - 1;
      this.missing.set(dependant, missing);
      if (missing === 0) ready.push(this.pipeline.byId.get(dependant)!);
    }
    return ready;
  }

  /**
   * All stages that depend on this one, except those that depend on it only through a stage that continues. Each
   * stage is returned only for the first failure.
   */
  drop(id: StageId, goesOn: (id: StageId) => boolean): StageId[] {
    const lost: StageId[] = [];
    const open = [id];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const dependant of this.dependants.get(next) ?? []) {
        if (this.dropped.has(dependant) || goesOn(dependant)) continue;
        this.dropped.add(dependant);
        lost.push(dependant);
        open.push(dependant);
      }
    }
    return lost;
  }
}
