/**
 * Decides each stage during a run. It uses the decision of the plan while that is valid, and
 * decides again otherwise.
 */
import { isSystemError } from '../../base/system-error.ts';
import type { Stage, StageId } from '../graph/pipeline.ts';
import type { Digest } from '../key/digest.ts';
import { type Decision, decideAll, type Outputs, type PlanContext } from './decide.ts';
import { cacheFailure, type Failure, storeFailure } from './failure.ts';
import type { Plan } from './plan.ts';

export interface DecisionContext {
  readonly planContext: PlanContext;
  readonly forced: ReadonlySet<StageId>;
  /** Results that the plan found in the store may be gone. */
  readonly outdated: boolean;
  /** Whether the files of a result are copied here although no stage that runs reads them. */
  readonly isWanted: (stage: Stage) => boolean;
  readonly signal: AbortSignal;
}

/** A failure: the result could not be looked up, or not be stored here. */
export type Decided = ReadonlyMap<StageId, Decision | Failure>;

export class RunDecisions {
  /** The outputs of the stages that are complete. */
  readonly outputs = new Map<StageId, Outputs>();
  private readonly plan: Plan;
  private readonly context: DecisionContext;
  /** Stages whose planned decision is no longer valid. */
  private readonly changed = new Set<StageId>();

  constructor(plan: Plan, context: DecisionContext) {
    this.plan = plan;
    this.context = context;
  }

  /** The next decision for this stage asks the cache again. */
  forget(id: StageId): void {
    this.changed.add(id);
  }

  /** The plan's decision. Undefined if the inputs are not those that the plan knew. */
  private planned(stage: Stage): Decision | undefined {
    const planned = this.plan.decisions.get(stage.id)!;
    const holds =
      !this.context.outdated &&
      planned.kind !== 'pending' &&
      !this.changed.has(stage.id) &&
      [...stage.inputs.values()].every((references) =>
        references.every(({ stage: id }) => this.outputs.get(id) === this.plannedOutputs(id)),
      );
    return holds ? planned : undefined;
  }

  /**
   * Decisions for stages whose inputs are complete. Afterwards, the files of wanted hits are in the
   * local store. `asPlanned` is set if nothing has changed since the plan.
   */
  async of(stages: readonly Stage[], asPlanned: boolean): Promise<Decided> {
    const decided = asPlanned ? this.plan.decisions : await this.decide(stages);
    return this.withFiles(stages, decided);
  }

  /** Asks the cache about all stages at once whose planned decision is not valid. */
  private async decide(stages: readonly Stage[]): Promise<Decided> {
    const decided = new Map<StageId, Decision | Failure>();
    const asked: Stage[] = [];
    for (const stage of stages) {
      const planned = this.planned(stage);
      if (planned) decided.set(stage.id, planned);
      else asked.push(stage);
    }
    if (asked.length === 0) return decided;
    for (const [id, decision] of await this.ask(asked)) decided.set(id, decision);
    return decided;
  }

  private async ask(stages: readonly Stage[]): Promise<Decided> {
    const { planContext, forced } = this.context;
    try {
      return await decideAll(stages, (id) => this.outputs.get(id), planContext, forced);
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      if (stages.length === 1) return new Map([[stages[0]!.id, cacheFailure(problem)]]);
      // One by one, so that only the stages fail whose results can't be read.
      const each = await Promise.all(stages.map((stage) => this.ask([stage])));
      return new Map(each.flatMap((one) => [...one]));
    }
  }

  private async withFiles(stages: readonly Stage[], decided: Decided): Promise<Decided> {
    const { planContext, isWanted, signal } = this.context;
    const artifacts: Digest[] = [];
    for (const stage of stages) {
      const outputs = isWanted(stage) ? hitOutputs(decided.get(stage.id)!) : undefined;
      for (const port in outputs) artifacts.push(outputs[port]!);
    }
    if (artifacts.length === 0) return decided;
    try {
      await planContext.cache.fetch(artifacts, signal);
      return decided;
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      const each = stages.map(
        async (stage) => [stage.id, await this.fetched(stage, decided.get(stage.id)!)] as const,
      );
      return new Map(await Promise.all(each));
    }
  }

  private async fetched(stage: Stage, decision: Decision | Failure): Promise<Decision | Failure> {
    const { planContext, isWanted, signal } = this.context;
    const outputs = hitOutputs(decision);
    if (!outputs || !isWanted(stage)) return decision;
    try {
      await planContext.cache.fetch(Object.values(outputs), signal);
      return decision;
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      return storeFailure(problem);
    }
  }

  private plannedOutputs(id: StageId): Outputs | undefined {
    const planned = this.plan.decisions.get(id)!;
    return planned.kind === 'hit' ? planned.outputs : undefined;
  }
}

function hitOutputs(decision: Decision | Failure): Outputs | undefined {
  return decision.kind === 'hit' ? decision.outputs : undefined;
}
