/** Computes the right factors of a compressed model again, layer after layer. */
import type { Samples } from '../../datasets/samples.ts';
import { factorizationError } from '../../linalg/errors.ts';
import type { Matrix } from '../../linalg/matrix.ts';
import { pairedMoments, samePairs } from '../../linalg/moments/paired-moments.ts';
import {
  errorOn,
  type LayerToRepair,
  type PairedMoments,
  repairRight,
} from '../../linalg/moments/repair.ts';
import { multiply } from '../../linalg/multiply.ts';
import { inputBatches } from '../../nn/layer-inputs.ts';
import type { Layer } from '../../nn/model/description.ts';
import type { LayerRow, ModelHistory, OutputError } from '../../nn/model/history.ts';
import type { Model, Weight } from '../../nn/model/weights.ts';
import { StageError } from '../../runner/index.ts';
import { finitely } from './finite-models.ts';
import { momentsOf, pairedBatches, sameBatches } from './layer-moments.ts';
import { type DenseLayer, denseLayers, weightOf } from './models/dense-layers.ts';
import { biasOf } from './models/network-layers.ts';

/** A model, and the same images as inputs of its classifier as for the other model. */
export interface Side {
  readonly model: Model;
  readonly images: { readonly calibration: Samples; readonly heldOut: Samples };
}

export interface RepairedLayer {
  readonly name: string;
  /** With the layers before it repaired already. */
  readonly before: OutputError;
  readonly after: OutputError;
  /** Null if the factor is unchanged. */
  readonly ridge: number | null;
  /** ||A - A'||_F / ||A||_F. */
  readonly relativeError: number;
}

type Progress = (fraction: number, layer: string) => void;

export async function repairModel(
  compressed: Side,
  original: Side,
  progress: Progress,
): Promise<{ readonly model: Model; readonly layers: readonly RepairedLayer[] }> {
  let { model } = compressed;
  const chains = denseChains(model, original.model);
  if (original.images.heldOut.count === 0) {
    throw new StageError(
      `there are only ${original.images.calibration.count} training images, and none is left to measure the repair`,
      'use at least four',
    );
  }
  const layers: RepairedLayer[] = [];
  for (const [i, chain] of chains.entries()) {
    progress(i / chains.length, chain.name);
    const now = { ...compressed, model };
    const repaired = await repairLayer(chain, now, original);
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
  if (chains.length > 0) return chains;
  throw new StageError(
    'its input "model" has no factored dense layers that can be repaired',
    'use the output of a stage of the type "decompose" or "fit", in another form than "interpolative"',
  );
}

function factored(layer: Layer): string | undefined {
  return layer.kind === 'dense' || layer.kind === 'interpolation' ? layer.of : undefined;
}

/** Undefined if the layer is too large to be measured. Its inputs are the original ones, so it needs no repair. */
async function repairLayer(
  { name, inputs, first, rest }: Chain,
  { model, images }: Side,
  original: Side,
): Promise<{ readonly layer: RepairedLayer; readonly weight: Weight } | undefined> {
  const originalOn = (part: Part) => inputBatches(original.model, original.images[part], name);
  const actualOn = (part: Part) => inputBatches(model, images[part], first);
  // Nothing before the first factored layer has changed, so its inputs are the same.
  const same = (part: Part) => finitely(model, sameBatches(originalOn(part), actualOn(part)));
  const areSame = (await same('calibration')) && (await same('heldOut'));
  if (areSame && inputs > MOST_ALONE) return undefined;
  if (!areSame) checkSize(name, inputs);
  const on = async (part: Part): Promise<PairedMoments> =>
    areSame
      ? samePairs(await finitely(model, momentsOf(inputs, originalOn(part))))
      : pairedMoments(
          await finitely(
            model,
            momentsOf(2 * inputs, pairedBatches(originalOn(part), actualOn(part))),
          ),
        );
  const [calibration, heldOut] = [await on('calibration'), await on('heldOut')];
  const given: LayerToRepair = {
    weight: weightOf(original.model, name),
    shift: biasDifference(biasOf(original.model, name), biasOf(model, rest.at(-1)!)),
    left: rest.map((one) => weightOf(model, one)).reduce((product, one) => multiply(one, product)),
    right: weightOf(model, first),
  };
  const errors = { calibration: errorOn(given, calibration), heldOut: errorOn(given, heldOut) };
  const errorsOf = (right: Matrix): OutputError => ({
    calibration: errors.calibration(right),
    heldOut: errors.heldOut(right),
  });
  const repaired = repairRight(given, calibration, errors);
  const right = rounded(repaired.right);
  const layer = {
    name,
    ridge: repaired.ridge,
    before: errorsOf(given.right),
    after: errorsOf(right),
    relativeError: factorizationError(given.weight, { left: given.left, right }),
  };
  return { layer, weight: { shape: [right.rows, right.cols], data: right.data } };
}

type Part = keyof Side['images'];

/** The moments of both inputs side by side take 512 MiB, and so do those of one input that did not change. */
const MOST_INPUTS = 4096;
const MOST_ALONE = 8192;

function checkSize(layer: string, inputs: number): void {
  if (inputs <= MOST_INPUTS) return;
  throw new StageError(
    `${layer} has ${inputs} inputs that compression changed, and at most ${MOST_INPUTS} can be repaired`,
    'compress the dense layers only (layers: dense), or fold the pool into the first layer (stage type "fold")',
  );
}

/** The other factors stay as they are, so this one is not scaled. */
function rounded({ rows, cols, data }: Matrix) {
  return { rows, cols, data: Float32Array.from(data) };
}

/** Undefined if it is zero. */
function biasDifference(
  original: Float32Array | undefined,
  compressed: Float32Array | undefined,
): Float64Array | undefined {
  const longer = original ?? compressed;
  if (longer === undefined) return undefined;
  const difference = Float64Array.from(
    longer,
    (_, i) => (original?.[i] ?? 0) - (compressed?.[i] ?? 0),
  );
  return difference.every((value) => value === 0) ? undefined : difference;
}

/** A repaired result is that of another method, so it does not count as a draw of the first one. */
export function repairedHistory(
  { history }: Model,
  layers: readonly RepairedLayer[],
): ModelHistory {
  const { compression } = history;
  if (compression === undefined) return history;
  const rowOf = (row: LayerRow): LayerRow => {
    const found = layers.find(({ name }) => name === row.name);
    if (found === undefined) return row;
    return { ...row, relativeError: found.relativeError, bound: null, outputError: found.after };
  };
  return {
    ...history,
    compression: {
      ...compression,
      method: `${compression.method} repaired`,
      label: `${compression.label}, repaired`,
      layers: compression.layers.map(rowOf),
    },
  };
}
