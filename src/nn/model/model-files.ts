/**
 * A model on disk: `model.json` (description and history), `features.safetensors` and
 * `classifier.safetensors`. Two files of weights, so that models which differ only in their
 * compressed classifier share the bytes of the features.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelDescription } from './description.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { type Model, partWeights, type Weight } from './weights.ts';

const parts = ['features', 'classifier'] as const;

/** The files of a model, relative to its directory. */
export const modelFiles = ['model.json', ...parts.map((part) => `${part}.safetensors`)] as const;

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

/** Reads the model whose file `file` is at `pathOf(file)`; throws where weights don't fit. */
export function readModel(pathOf: (file: string) => string): Model {
  const text = readFileSync(pathOf('model.json'), 'utf8');
  const { description, history } = JSON.parse(text) as {
    readonly description: ModelDescription;
    readonly history: Readonly<Record<string, unknown>>;
  };
  const weights = new Map<string, Weight>();
  for (const part of parts) {
    const { tensors } = readSafetensors(pathOf(`${part}.safetensors`));
    for (const [name, { shape, data }] of tensors) {
      if (!(data instanceof Float32Array))
        throw new Error(`${name} is not stored as 32-bit floats`);
      weights.set(name, { shape, data });
    }
  }
  for (const part of parts) partWeights({ description, weights }, part);
  return { description, weights, history };
}
