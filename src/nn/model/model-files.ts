/**
 * A model on disk: `model.json` (description and history), `features.safetensors` and `classifier.safetensors`. The
 * weights are in two files, so that models that differ only in their compressed classifier share the bytes of the
 * features.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError } from '../../base/expected-error.ts';
import {
  fromSafetensors,
  type OpenSafetensors,
  writeSafetensors,
} from '../../safetensors/safetensors.ts';
import { type ParameterShape, parameterShapes } from './description.ts';
import { parseModelJson } from './model-json.ts';
import { type Model, partWeights, type Weight } from './weights.ts';

const parts = ['features', 'classifier'] as const;

/** Writes the files of `model` into the existing directory `dir`. */
export function writeModel(dir: string, model: Model): void {
  const { description, history } = model;
  const json = `${JSON.stringify({ description, history }, null, 2)}\n`;
  writeFileSync(join(dir, 'model.json'), json);
  for (const part of parts) {
    const tensors = partWeights(model, part);
    writeSafetensors(join(dir, `${part}.safetensors`), { tensors, metadata: {} });
  }
}

/**
 * Reads the model whose file `file` is at `pathOf(file)`. Throws an `ExpectedError` that names the file and the place
 * of an error. Weights of other float types become 32-bit floats.
 */
export function readModel(pathOf: (file: string) => string): Model {
  const { description, history } = parseModelJson(
    readFileSync(pathOf('model.json'), 'utf8'),
    'model.json',
  );
  const weights = new Map<string, Weight>();
  for (const part of parts) {
    const name = `${part}.safetensors`;
    const wanted = parameterShapes(description[part]);
    fromSafetensors(
      pathOf(name),
      (file) => {
        for (const parameter of wanted)
          weights.set(parameter.name, readWeight(file, parameter, name));
      },
      name,
    );
  }
  return { description, weights, history };
}

function readWeight(file: OpenSafetensors, { name, shape }: ParameterShape, path: string): Weight {
  const stored = file.shapes.get(name);
  if (!stored) {
    throw new ExpectedError(`${path} has no array "${name}", which the layers of model.json need`);
  }
  if (stored.join() !== shape.join()) {
    throw new ExpectedError(
      `${path}: array "${name}" has the shape [${stored.join(', ')}], but the layers of model.json need [${shape.join(', ')}]`,
    );
  }
  const { data } = file.read(name);
  if (data instanceof Float32Array) return { shape, data };
  if (data instanceof Float64Array) return { shape, data: Float32Array.from(data) };
  throw new ExpectedError(`${path}: array "${name}" has integers, not floats`);
}
