/**
 * The weights of a network in memory: arrays by name, in PyTorch's layout, and the description that they fill.
 *
 * Nothing here changes an array. Compressed layers get new arrays, the others are shared.
 */
import {
  type ModelDescription,
  type ParameterShape,
  type Part,
  parameterShapes,
  sizeOf,
} from './description.ts';
import type { ModelHistory } from './history.ts';

export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type Weights = ReadonlyMap<string, Weight>;

export interface Network {
  readonly description: ModelDescription;
  readonly weights: Weights;
}

export interface Model extends Network {
  readonly history: ModelHistory;
}

/** The weights of one part, in the order of its layers; throws if one is missing or has another shape. */
export function partWeights(model: Network, part: Part): Weights {
  return new Map(
    parameterShapes(model.description[part]).map((parameter) => [
      parameter.name,
      fitting(model.weights, parameter),
    ]),
  );
}

function fitting(weights: Weights, { name, shape }: ParameterShape): Weight {
  const weight = weights.get(name);
  if (weight === undefined) throw new Error(`the weights lack ${name}`);
  if (weight.shape.join() !== shape.join() || weight.data.length !== sizeOf(shape)) {
    throw new Error(`${name} is [${weight.shape.join(', ')}], not [${shape.join(', ')}]`);
  }
  return weight;
}
