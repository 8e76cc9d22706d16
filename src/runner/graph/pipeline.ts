/** The expanded pipeline: stages with their parameters and edges, in topological order. */

import type { Located, Scalar } from '../document/located.ts';
import type { Span } from '../document/source.ts';
import type { JsonObject } from '../json.ts';
import type { StageType } from './stage-type.ts';

/** `train` or `decompose[method=svd,rate=25]`; unique in a pipeline, shown to people, in no key. */
export type StageId = string & { readonly __brand: 'StageId' };

export type Axes = ReadonlyMap<string, Scalar>;

export interface OutputReference {
  readonly stage: StageId;
  readonly port: string;
}

export interface Stage {
  readonly id: StageId;
  readonly name: string;
  readonly axes: Axes;
  readonly type: StageType;
  /** Checked against the type's schema, defaults filled in. */
  readonly parameters: JsonObject;
  /** The same as written, each value with the place that set it. */
  readonly declared: Located;
  readonly inputs: ReadonlyMap<string, readonly OutputReference[]>;
  readonly span: Span;
}

export interface Pipeline {
  /** Each stage after all those that it depends on. */
  readonly stages: readonly Stage[];
  readonly byId: ReadonlyMap<StageId, Stage>;
}

export function dependenciesOf(stage: Stage): Set<StageId> {
  return new Set([...stage.inputs.values()].flat().map((reference) => reference.stage));
}

export function stageId(name: string, axes: Axes): StageId {
  if (axes.size === 0) return name as StageId;
  const pairs = [...axes].map(([axis, value]) => `${axis}=${value}`);
  return `${name}[${pairs.join(',')}]` as StageId;
}
