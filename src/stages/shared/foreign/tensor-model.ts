/** The safetensors of a PyTorch model as a model whose layers can be factored. The architecture stays in Python. */
import { join } from 'node:path';
import { ExpectedError } from '../../../base/expected-error.ts';
import { sizeOf } from '../../../nn/model/description.ts';
import type { Compression } from '../../../nn/model/history.ts';
import { type TensorLayer, tensorLayers } from '../../../safetensors/layers.ts';
import type { LowrankJson } from '../../../safetensors/lowrank-json.ts';
import { writeReplaced } from '../../../safetensors/replace.ts';
import type { TensorReplacement } from '../../../safetensors/replacement.ts';
import { isFloat } from '../../../safetensors/stored-floats.ts';
import { openTensors, type TensorSet } from '../../../safetensors/tensor-set.ts';
import type { ForeignFile, LayerOptions } from './foreign-file.ts';

/** @param file a file or an index in `folder` */
export function openTensorModel(folder: string, file: string, options: LayerOptions): ForeignFile {
  const set = openTensors(join(folder, file));
  const { layers, whole } = tensorLayers(set, options);
  const biasesOf = (name: string) => sizeOf(set.tensors.get(`${name}.bias`)?.shape ?? [0]);
  return {
    files: [...set.files.map(({ name }) => name), ...(set.index ? [set.index.name] : [])],
    parameters: parametersOf(set),
    layers: layers.map((layer) => ({ ...layer, biases: biasesOf(layer.name) })),
    options: named(layers, options),
    whole,
    requireInt8: () => {
      throw new ExpectedError(
        'layers of a PyTorch model are stored in floats only',
        'Export the model to ONNX, and store that in 8 bits.',
      );
    },
    write: (replacements, out, compression) => {
      // None is whole: that is a form in 8 bits.
      const factored = replacements as ReadonlyMap<string, TensorReplacement>;
      writeReplaced(set, layers, factored, out, lowrank(compression));
      return parametersOf(openTensors(join(out, file)));
    },
    close: () => undefined,
  };
}

function parametersOf({ tensors }: TensorSet): number {
  const floats = [...tensors.values()].filter(({ dtype }) => isFloat(dtype));
  return floats.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** The same layers, found by their names. */
function named(layers: readonly TensorLayer[], { layers: patterns }: LayerOptions): LayerOptions {
  const transpose = layers.filter(({ transposed }) => transposed).map(({ name }) => name);
  // Also those of one group: without its groups, a tensor may not be known as a convolution.
  const groups = layers
    .filter(({ kind }) => kind === 'convolution')
    .map(({ name, groups: count }) => [name, count]);
  return {
    ...(patterns && { layers: layers.map(({ name }) => name) }),
    ...(transpose.length > 0 && { transpose }),
    ...(groups.length > 0 && { groups: Object.fromEntries(groups) }),
  };
}

function lowrank({ method, label, rate, achieved, seed, layers }: Compression): LowrankJson {
  const factored = layers.flatMap(({ name, rank, relativeError }) =>
    rank === null || relativeError == null ? [] : [[name, { rank, relativeError }] as const],
  );
  return {
    ...{ method, label, nominalRate: rate, achieved: achieved ?? null, seed },
    layers: Object.fromEntries(factored),
  };
}
