/** Models with replaced layers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { type OnnxReplacement, writeReplaced } from '../../src/onnx/replace.ts';
import { fullRank } from './full-rank.ts';
import { decodedModel, type SmallModel, weight, writeModelFile } from './small-models.ts';

/** Replaces layers of a model, and returns both files. */
export function replaced(
  folder: string,
  model: SmallModel,
  names: readonly string[] | undefined = undefined,
  limit: number | undefined = undefined,
  change: (replacement: OnnxReplacement, name: string) => OnnxReplacement = (one) => one,
) {
  const path = writeModelFile(folder, model);
  const file = openOnnx(path);
  const { layers } = constantLayers(file);
  const chosen = layers.filter(({ name }) => names?.includes(name) ?? true);
  const made = chosen.map(
    (layer) => [layer.name, change(fullRank(layer, 'outputs'), layer.name)] as const,
  );
  writeReplaced(file, new Map(made), join(folder, 'out'), 'model.onnx', limit);
  file.close();
  const [before, after] = [path, join(folder, 'out', 'model.onnx')].map((one) => readFileSync(one));
  return {
    before: before!,
    after: after!,
    graph: decodedModel(after!).graph,
    files: readdirSync(join(folder, 'out')).sort(),
  };
}

export interface Tensor {
  readonly name: string;
  readonly dataType: number;
  readonly dims: readonly number[];
  readonly rawData?: string;
  readonly externalData?: readonly { readonly key: string; readonly value: string }[];
}

export const two: SmallModel = {
  nodes: [
    ['MatMul', ['x', 'u'], ['a'], {}, 'first'],
    ['Relu', ['a'], ['r'], {}, 'between'],
    ['MatMul', ['r', 'w'], ['y'], {}, 'last'],
  ],
  inputs: { x: [2, 4] },
  constants: { u: weight(4, 6), w: weight(6, 3), unused: weight(2) },
};
