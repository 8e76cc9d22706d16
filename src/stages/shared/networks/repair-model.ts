/** Computes the right factors of one of our compressed networks again, layer after layer. */
import type { Samples } from '../../../datasets/samples.ts';
import type { Matrix } from '../../../linalg/matrix.ts';
import type { LayerToRepair } from '../../../linalg/moments/repair.ts';
import { multiply } from '../../../linalg/multiply.ts';
import { inputBatches } from '../../../nn/layer-inputs.ts';
import type { Layer } from '../../../nn/model/description.ts';
import type { Model, Weight } from '../../../nn/model/weights.ts';
import { StageError } from '../../../runner/index.ts';
import { finitely } from '../models/finite-models.ts';
import {
  biasDifference,
  MOST_INPUTS,
  type RepairedLayer,
  repairLayer,
  requireFactors,
  requireHeldOut,
} from '../moments/repair-layer.ts';
import { type DenseLayer, denseLayers, weightOf } from './dense-layers.ts';
import { biasOf } from './network-layers.ts';

/** A model, and the same images as inputs of its classifier as for the other model. */
export interface Side {
  readonly model: Model;
  readonly images: { readonly calibration: Samples; readonly heldOut: Samples };
}

type Progress = (fraction: number, layer: string) => void;

export async function repairModel(
  compressed: Side,
  original: Side,
  progress: Progress,
): Promise<{ readonly model: Model; readonly layers: readonly RepairedLayer[] }> {
  let { model } = compressed;
  const chains = denseChains(model, original.model);
  const { calibration, heldOut } = original.images;
  requireHeldOut(heldOut.count, calibration.count);
  const layers: RepairedLayer[] = [];
  for (const [i, chain] of chains.entries()) {
    progress(i / chains.length, chain.name);
    const now = { ...compressed, model };
    const repaired = await repairChain(chain, now, original);
    if (repaired === undefined) continue;
    const { layer, weight } = repaired;
    layers.push(layer);
    model = { ...model, weights: new Map([...model.weights, [`${chain.first}.weight`, weight]]) };
  }
  return { model, layers };
}

/** A dense layer of the original model, and its factors in the compressed one. */
interface Chain {
  readonly name: string;
  readonly inputs: number;
  /** The layer that acts first. */
  readonly first: string;
  /** The layers after it. The last one has the bias. */
  readonly rest: readonly string[];
}

/** In the order of the network. An interpolation has a right factor that is fixed in part, and is left out. */
function denseChains(compressed: Model, original: Model): readonly Chain[] {
  const { classifier } = compressed.description;
  const names = new Set(classifier.map(factored).filter((name) => name !== undefined));
  const chains = [...names].flatMap((name) => {
    const [first, ...rest] = classifier.filter((layer) => factored(layer) === name) as DenseLayer[];
    const whole = denseLayers(original.description).find((layer) => layer.name === name);
    if (whole === undefined || whole.in !== first!.in || whole.out !== rest.at(-1)?.out) {
      throw new StageError(
        `its input "original" has no dense layer ${name} of the size that the factors in its input "model" have`,
        'use the model that was compressed',
      );
    }
    if ((first as Layer).kind !== 'dense') return [];
    return [{ name, inputs: whole.in, first: first!.name, rest: rest.map((one) => one.name) }];
  });
  requireFactors(compressed.history, chains.length);
  return chains;
}

function factored(layer: Layer): string | undefined {
  return layer.kind === 'dense' || layer.kind === 'interpolation' ? layer.of : undefined;
}

/** Undefined if the layer is too large to be measured. Its inputs are the original ones, so it needs no repair. */
async function repairChain(
  { name, inputs, first, rest }: Chain,
  { model, images }: Side,
  original: Side,
): Promise<{ readonly layer: RepairedLayer; readonly weight: Weight } | undefined> {
  const given: LayerToRepair = {
    weight: weightOf(original.model, name),
    shift: biasDifference(biasOf(original.model, name), biasOf(model, rest.at(-1)!)),
    left: rest.map((one) => weightOf(model, one)).reduce((product, one) => multiply(one, product)),
    right: weightOf(model, first),
  };
  const both = {
    original: (part: keyof Side['images']) =>
      inputBatches(original.model, original.images[part], name),
    compressed: (part: keyof Side['images']) => inputBatches(model, images[part], first),
  };
  const found = await finitely(model, repairLayer(name, given, both, rounded));
  if ('layer' in found) {
    const { layer, right } = found;
    return { layer, weight: { shape: [right.rows, right.cols], data: right.data as Float32Array } };
  }
  if (!found.changed) return undefined;
  throw new StageError(
    `${name} has ${inputs} inputs that compression changed, and at most ${MOST_INPUTS} can be repaired`,
    'compress the dense layers only (layers: dense), or fold the pool into the first layer (stage type "fold")',
  );
}

/** The other factors stay as they are, so this one is not scaled. */
function rounded({ rows, cols, data }: Matrix): Matrix {
  return { rows, cols, data: Float32Array.from(data) };
}
