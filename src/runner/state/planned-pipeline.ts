/**
 * A pipeline whose stages are rows of the last plan. The declaration of a stage is parsed on
 * demand.
 */
import type { Located } from '../document/located.ts';
import {
  type Axes,
  byIdOf,
  type OutputReference,
  type Pipeline,
  type Stage,
  type StageId,
} from '../graph/pipeline.ts';
import type { PlannedType } from '../graph/stage-type.ts';
import type { LastPlan } from './last-plan.ts';
import { typeOfRow } from './plan-rows.ts';

/** The places of parameters in the documents. They are not stored and are found again on demand. */
export type Places = ReadonlyMap<StageId, Located>;

export class PlannedPipeline implements Pipeline {
  readonly ends: readonly string[];
  readonly types: readonly PlannedType[];
  places: Places | undefined;
  private readonly plan: LastPlan;
  private all: readonly Stage[] | undefined;
  private named: ReadonlyMap<StageId, Stage> | undefined;

  constructor(plan: LastPlan) {
    this.plan = plan;
    this.ends = plan.head.ends;
    this.types = plan.head.types.map(typeOfRow);
  }

  get stages(): readonly Stage[] {
    this.all ??= this.plan.results.map(({ id }, place) => new PlannedStage(this, place, id));
    return this.all;
  }

  get byId(): ReadonlyMap<StageId, Stage> {
    this.named ??= byIdOf(this.stages);
    return this.named;
  }

  get warnings(): Pipeline['warnings'] {
    return this.plan.head.warnings;
  }

  partsOf(place: number): Parts {
    const { definition, shared } = this.plan.definitionAt(place);
    const [, axes, parameters, inputs, files] = definition;
    const { type, outputs, metrics, policy, span } = shared;
    return {
      type: this.types[type]!,
      ...{ parameters, outputs, metrics, policy, span },
      axes: new Map(axes),
      inputs: new Map(inputs.map(([port, taken]) => [port, this.references(taken)])),
      files: new Map(files.map(([port, path]) => [port, { path, span }])),
    };
  }

  private references(taken: readonly (string | number)[]): OutputReference[] {
    const references: OutputReference[] = [];
    for (let i = 0; i < taken.length; i += 2) {
      const { id } = this.stages[taken[i] as number]!;
      references.push({ stage: id, port: taken[i + 1] as string });
    }
    return references;
  }
}

type Parts = Omit<Stage, 'id' | 'name' | 'declared'>;

class PlannedStage implements Stage {
  readonly id: StageId;
  private readonly pipeline: PlannedPipeline;
  private readonly place: number;
  private known: Parts | undefined;

  constructor(pipeline: PlannedPipeline, place: number, id: StageId) {
    this.pipeline = pipeline;
    this.place = place;
    this.id = id;
  }

  get name(): string {
    return this.id.split('[', 1)[0]!;
  }

  get declared(): Located | undefined {
    return this.pipeline.places?.get(this.id);
  }

  get axes(): Axes {
    return this.parts.axes;
  }

  get type(): PlannedType {
    return this.parts.type;
  }

  get parameters(): Stage['parameters'] {
    return this.parts.parameters;
  }

  get inputs(): Stage['inputs'] {
    return this.parts.inputs;
  }

  get files(): Stage['files'] {
    return this.parts.files;
  }

  get outputs(): Stage['outputs'] {
    return this.parts.outputs;
  }

  get metrics(): Stage['metrics'] {
    return this.parts.metrics;
  }

  get policy(): Stage['policy'] {
    return this.parts.policy;
  }

  get span(): Stage['span'] {
    return this.parts.span;
  }

  private get parts(): Parts {
    this.known ??= this.pipeline.partsOf(this.place);
    return this.known;
  }
}
