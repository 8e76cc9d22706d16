/** What a run decides for each stage: what the plan decided, as long as that holds, or the same question asked again. */
import type { Stage, StageId } from '../graph/pipeline.ts';
import { type Decision, decide, type Outputs, type PlanContext } from './decide.ts';
import type { Plan } from './plan.ts';

export interface DecisionContext {
  readonly planContext: PlanContext;
  readonly forced: ReadonlySet<StageId>;
  /** What the plan found in the store may be gone. */
  readonly outdated: boolean;
}

export class RunDecisions {
  /** Of the stages that are complete. */
  readonly outputs = new Map<StageId, Outputs>();
  private readonly plan: Plan;
  private readonly planContext: PlanContext;
  private readonly forced: ReadonlySet<StageId>;
  private readonly outdated: boolean;

  constructor(plan: Plan, { planContext, forced, outdated }: DecisionContext) {
    this.plan = plan;
    this.planContext = planContext;
    this.forced = forced;
    this.outdated = outdated;
  }

  /** The plan's decision if the inputs are those that the plan knew. `again`: the stage has ended once in this run. */
  of(stage: Stage, again: boolean): Decision {
    const planned = this.plan.decisions.get(stage.id)!;
    const asPlanned =
      !this.outdated &&
      planned.kind !== 'pending' &&
      !again &&
      [...stage.inputs.values()].every((references) =>
        references.every(({ stage: id }) => this.outputs.get(id) === this.plannedOutputs(id)),
      );
    return asPlanned ? planned : this.now(stage);
  }

  now(stage: Stage): Decision {
    const known = (id: StageId): Outputs | undefined => this.outputs.get(id);
    return decide(stage, known, this.planContext, this.forced.has(stage.id));
  }

  private plannedOutputs(id: StageId): Outputs | undefined {
    const planned = this.plan.decisions.get(id)!;
    return planned.kind === 'hit' ? planned.outputs : undefined;
  }
}
