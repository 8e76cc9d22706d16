/**
 * Checks of the models that stages read and write, and of the results computed with them. A weight, activation
 * or score that is not finite fails the stage. Results that follow from it would mean nothing, but NaN still
 * predicts a class.
 */
import { type NotFinite, notFiniteIn, OverflowError } from '../../../nn/model/finite.ts';
import { readModel, writeModel } from '../../../nn/model/model-files.ts';
import type { Model } from '../../../nn/model/weights.ts';
import { type InputArtifact, StageError } from '../../../runner/index.ts';
import type { StoredFactors } from '../layers/compressible-layer.ts';
import { foreignJsonOf } from './foreign-json.ts';

const OTHER_STAGES =
  'the stages factorize, decompose, search, moments, fit, repair, evaluate and measure take models of other programs';

/**
 * One of our own networks.
 *
 * @param instead what to do with a model of another program
 */
export function takeModel(source: InputArtifact, instead = OTHER_STAGES): Model {
  const foreign = foreignJsonOf(source);
  if (foreign) {
    const form = foreign.format === 'onnx' ? 'an ONNX model' : 'stored as safetensors';
    throw new StageError(
      `the model "${foreign.history.title}" is ${form}, and this stage needs a network that this program trained`,
      instead,
    );
  }
  const model = readModel((file) => source.path(file));
  const found = notFiniteIn(model.weights);
  if (found === undefined) return model;
  throw new StageError(
    `the model ${titleOf(model)} can't be used: ${notFiniteText(found)}`,
    'the results of such a network mean nothing: train it again, or repair its file',
  );
}

export function giveModel(folder: string, model: Model): void {
  const found = notFiniteIn(model.weights);
  if (found !== undefined) {
    throw new StageError(
      `the model ${titleOf(model)} can't be stored: ${notFiniteText(found)}`,
      'its weights are too large for 32-bit floats: scale them down, or use another method',
    );
  }
  writeModel(folder, model);
}

/** `what`: the layer and how it was factored. */
export function checkFactors({ weights }: StoredFactors, what: string): void {
  const found = notFiniteIn(weights);
  if (found === undefined) return;
  throw new StageError(
    `the factors of ${what} are too large for 32-bit floats: ${notFiniteText(found)}`,
    'scale the weights of the layer down, or use another method or form',
  );
}

/** Computes with a model, and fails if a result is not finite. */
export async function finitely<T>(model: Model, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof OverflowError)) throw error;
    const { samples, of, first, layer, entry, value } = error.overflow;
    throw new StageError(
      `the model ${titleOf(model)} gives numbers that are not finite for ${samples} of ${of} images: ` +
        `for image ${first}, entry ${entry} of the output of ${layer} is ${value} (both counted from 0)`,
      'weights or activations are too large for 32-bit floats: train it with a lower learningRate, or scale its weights down',
    );
  }
}

export function notFiniteText({ name, place, value, count }: NotFinite): string {
  const more = count === 1 ? '' : `, and ${count} of its entries are not finite`;
  return `${name} is ${value} at [${place.join(', ')}], counted from 0${more}`;
}

/** For messages: the network, and how it was compressed. */
function titleOf(model: Model): string {
  const { title, dataset, compression } = model.history;
  const done = compression ? `, ${compression.label} at rate ${compression.rate}` : '';
  return `"${title}${done}" for ${dataset}`;
}
