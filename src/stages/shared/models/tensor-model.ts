/** The safetensors of a PyTorch model as a model whose layers can be factored. The architecture stays in Python. */
import { join } from 'node:path';
import { ExpectedError } from '../../../base/expected-error.ts';
import { sizeOf } from '../../../nn/model/description.ts';
import type { Compression } from '../../../nn/model/history.ts';
import { type TensorLayerOptions, tensorLayers } from '../../../safetensors/layers.ts';
import type { LowrankJson } from '../../../safetensors/lowrank-json.ts';
import { writeReplaced } from '../../../safetensors/replace.ts';
import type { TensorReplacement } from '../../../safetensors/replacement.ts';
import { asStored, isFloat } from '../../../safetensors/stored-floats.ts';
import { openTensors } from '../../../safetensors/tensor-set.ts';
import type { ForeignFile } from './foreign-file.ts';

/** @param file a file or an index in `folder` */
export function openTensorModel(
  folder: string,
  file: string,
  options: TensorLayerOptions,
): ForeignFile {
  const set = openTensors(join(folder, file));
  const { layers, whole } = tensorLayers(set, options);
  const floats = [...set.tensors.values()].filter(({ dtype }) => isFloat(dtype));
  const biasesOf = (name: string) => sizeOf(set.tensors.get(`${name}.bias`)?.shape ?? [0]);
  return {
    files: [...set.files.map(({ name }) => name), ...(set.index ? [set.index.name] : [])],
    parameters: floats.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    layers: layers.map((layer) => ({ ...layer, biases: biasesOf(layer.name) })),
    whole,
    roundTo: (dtype, values) => asStored(values, dtype),
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
    },
    close: () => undefined,
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
