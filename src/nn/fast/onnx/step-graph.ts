/**
 * The graph of one training step, made from the layers: forward pass, loss, and the gradients of the trained weights.
 * The semantics are those of `forward.ts`.
 */
import type { Value } from '../../../onnx/graph-builder.ts';
import type { OnnxModel } from '../../../onnx/model.ts';
import { type Layer, sizeOf } from '../../model/description.ts';
import { shapesAfter } from '../../model/shapes.ts';
import { fixedBatchNorm, trainedBatchNorm } from './layers/batch-norm.ts';
import type { Activation, Built, FlatActivation, MapActivation } from './layers/building.ts';
import { convolution, firstConvolution, isPointwise } from './layers/convolution.ts';
import { crossEntropy } from './layers/cross-entropy.ts';
import { dense } from './layers/dense.ts';
import { averagePoolAndFlatten, flatten } from './layers/flatten.ts';
import { interpolation } from './layers/interpolation.ts';
import { maxPool } from './layers/max-pool.ts';
import { dropout, relu } from './layers/pointwise.ts';
import { Positions } from './positions.ts';
import { type SampleColumns, sampleColumns } from './sample-columns.ts';
import {
  type GivenWeights,
  type StatisticOutput,
  StepBuilding,
  type StepInput,
} from './step-building.ts';
import type { Layouts } from './stored-layout.ts';

export interface StepGraphOptions {
  readonly layers: readonly Layer[];
  /** The shape of one sample. */
  readonly shape: readonly number[];
  readonly classes: number;
  /** The size of the batch. */
  readonly samples: number;
  readonly weights: GivenWeights;
}

export interface StepGraph extends Pick<StepBuilding, 'samples' | 'masks' | 'computed'> {
  readonly model: OnnxModel;
  readonly input: SamplesInput;
  readonly truth: StepInput;
  readonly layouts: Layouts;
  readonly gradients: ReadonlyMap<string, Value>;
  readonly statistics: ReadonlyMap<string, StatisticOutput>;
  readonly loss: Value;
}

export interface SamplesInput extends StepInput {
  /** If absent, the input is the samples, with zeros after them up to its size. */
  readonly columns?: SampleColumns;
}

export function stepGraph(options: StepGraphOptions): StepGraph {
  const { classes, samples, weights } = options;
  const building = new StepBuilding(samples, weights);
  const { graph } = building;
  const truth = building.input('truth', [samples, classes]);
  const { input, parts, output } = new Chain(building, options).build();
  const { loss, error } = crossEntropy(graph, output.value, truth.name);
  graph.output(loss, []);
  let gradient = error;
  for (const { built, differentiated, trained } of parts.reverse()) {
    if (!differentiated && !trained) break;
    gradient = built.backward(gradient, differentiated);
  }
  const { masks, computed, layouts, gradients, statistics } = building;
  const model = graph.model('training step');
  return { model, samples, input, truth, masks, computed, layouts, gradients, statistics, loss };
}

interface Part {
  readonly built: Built<Activation>;
  readonly trained: boolean;
  /** Whether there is a trained layer before it. */
  readonly differentiated: boolean;
}

/** The forward pass. */
class Chain {
  readonly #building: StepBuilding;
  readonly #layers: readonly Layer[];
  /** Before each layer. */
  readonly #shapes: readonly (readonly number[])[];
  readonly #parts: Part[] = [];
  #differentiated = false;

  constructor(building: StepBuilding, { layers, shape }: StepGraphOptions) {
    this.#building = building;
    this.#layers = layers;
    this.#shapes = [shape, ...shapesAfter(layers, shape)];
  }

  build() {
    const first = this.#first();
    let { output, next } = first;
    while (next < this.#layers.length) [output, next] = this.#advance(output, next);
    return { input: first.input, parts: this.#parts, output };
  }

  /** The samples, or what a convolution makes of them: the columns of few channels are read one by one. */
  #first(): { readonly input: SamplesInput; readonly output: Activation; readonly next: number } {
    const [layer] = this.#layers;
    const { samples } = this.#building;
    const [height, width, channels] = this.#shapes[0]!;
    if (width === undefined || channels === undefined) {
      const input = this.#building.input('samples', [samples, height!]);
      return { input, output: { value: input.name, columns: height! }, next: 0 };
    }
    const positions = new Positions(samples, height!, width);
    if (layer?.kind === 'convolution' && channels < FEW_CHANNELS) {
      const to = this.#positionsAfter(0);
      const columns = sampleColumns(layer, [height!, width, channels], to);
      const input = this.#building.input('samples', [to.rows, sizeOf(layer.kernel) * channels]);
      const built = firstConvolution(this.#building, layer, input.name, to);
      const output = this.#add(built, this.#isTrained(layer));
      return { input: { ...input, columns }, output, next: 1 };
    }
    const input = this.#building.input('samples', [positions.rows, channels]);
    const output = { value: input.name, columns: channels, positions, zeroed: true };
    return { input, output, next: 0 };
  }

  #advance(input: Activation, index: number): readonly [Activation, next: number] {
    const building = this.#building;
    const layer = this.#layers[index]!;
    const map = input as MapActivation;
    const flat = input as FlatActivation;
    const then = (built: Built<Activation>, consumed = 1, trained = false) =>
      [this.#add(built, trained), index + consumed] as const;
    switch (layer.kind) {
      case 'convolution': {
        const to = this.#positionsAfter(index);
        return then(convolution(building, layer, map, to), 1, this.#isTrained(layer));
      }
      case 'dense':
        return then(dense(building, layer, flat), 1, this.#isTrained(layer));
      case 'interpolation':
        return then(interpolation(building, layer, flat), 1, this.#isTrained(layer));
      case 'batch-norm': {
        const trained = this.#isTrained(layer);
        return then(
          (trained ? trainedBatchNorm : fixedBatchNorm)(building, layer, input),
          1,
          trained,
        );
      }
      case 'relu': {
        const pool = this.#layers[index + 1];
        // The other way round the ReLU has less to do. Both orders have the same values and gradients.
        if (pool?.kind !== 'max-pool') return then(relu(building, input));
        const pooled = this.#add(maxPool(building, pool, map), false);
        return then(relu(building, pooled), 2);
      }
      case 'max-pool':
        return then(maxPool(building, layer, map));
      case 'adaptive-average-pool': {
        const { height, width } = map.positions;
        const copied = height * width === 1 && this.#layers[index + 2]?.kind === 'dense';
        if (copied) return then(flatten(building, map), 2);
        return then(averagePoolAndFlatten(building, layer.size, map), 2);
      }
      case 'flatten':
        return then(flatten(building, map));
      case 'dropout':
        if (layer.rate === 0) return [input, index + 1];
        return then(dropout(building, { layer: index, rate: layer.rate }, input));
    }
  }

  #add(built: Built<Activation>, trained: boolean): Activation {
    this.#parts.push({ built, trained, differentiated: this.#differentiated });
    this.#differentiated ||= trained;
    return built.output;
  }

  #isTrained({ name }: { readonly name: string }): boolean {
    return this.#building.isTrained(`${name}.weight`);
  }

  /** The order of the positions after the convolution at `index`: that of the pool which reads them, if there is one. */
  #positionsAfter(index: number): Positions {
    const [height, width] = this.#shapes[index + 1] as readonly [number, number];
    let ahead = index + 1;
    let all = false;
    for (; ; ahead++) {
      const layer = this.#layers[ahead];
      if (layer?.kind === 'batch-norm') all ||= this.#isTrained(layer);
      else if (layer?.kind !== 'relu' && !(layer?.kind === 'convolution' && isPointwise(layer)))
        break;
    }
    const pool = this.#layers[ahead];
    const { samples } = this.#building;
    if (pool?.kind !== 'max-pool' || pool.size !== pool.stride) {
      return new Positions(samples, height, width);
    }
    // The statistics of a batch norm are those of all positions.
    const fits = height % pool.size === 0 && width % pool.size === 0;
    return new Positions(samples, height, width, all && !fits ? 1 : pool.size);
  }
}

/** From here on it takes less time to read whole rows of channels in the graph. */
const FEW_CHANNELS = 16;
