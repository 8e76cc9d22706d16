/** An ONNX model as a model whose layers can be factored. */
import { join } from 'node:path';
import { writeWithOutputs } from '../../../onnx/extra-outputs.ts';
import { constantLayers, type OnnxLayer } from '../../../onnx/layers.ts';
import { type OnnxFile, openOnnx } from '../../../onnx/open.ts';
import { requireInt8, writeReplaced } from '../../../onnx/replace.ts';
import { writeWeights } from '../../../onnx/replace-weights.ts';
import { weightCount } from '../../../onnx/weight-count.ts';
import type { ForeignFile, GivenFiles } from './foreign-file.ts';

/** `file`: the name of the ONNX file. The other files are its external data. */
export function openOnnxModel(source: GivenFiles, file: string): ForeignFile {
  const opened = openOnnx(source.path(file), (location) =>
    source.files.includes(location) ? source.path(location) : undefined,
  );
  try {
    return described(opened, file);
  } catch (problem) {
    opened.close();
    throw problem;
  }
}

function described(opened: OnnxFile, file: string): ForeignFile {
  const { layers, whole } = constantLayers(opened);
  const first = firstOfEach(layers);
  return {
    files: [file, ...opened.externalFiles],
    parameters: weightCount(opened),
    layers: [...first.values()].map((layer) => {
      const same = layers.filter(({ weight }) => weight === layer.weight);
      return {
        ...layer,
        inputs: same.map(({ input }) => input),
        extents: same.map(({ extents }) => extents),
      };
    }),
    options: {},
    whole,
    requireInt8: () => requireInt8(opened),
    write: (replacements, folder) => {
      // Layers that share a weight share its factors.
      const all = layers.flatMap(({ name, weight }) => {
        const replacement = replacements.get(first.get(weight)!.name);
        return replacement ? [[name, replacement] as const] : [];
      });
      writeReplaced(opened, new Map(all), folder, file);
      return parametersIn(join(folder, file));
    },
    writeWithWeights: (weights, folder) => writeWeights(opened, weights, folder, file),
    writeWithOutputs: (outputs, path) => writeWithOutputs(opened, outputs, path),
    close: () => opened.close(),
  };
}

/** By the name of the weight. */
function firstOfEach(layers: readonly OnnxLayer[]): ReadonlyMap<string, OnnxLayer> {
  const first = new Map<string, OnnxLayer>();
  for (const layer of layers) if (!first.has(layer.weight)) first.set(layer.weight, layer);
  return first;
}

function parametersIn(path: string): number {
  const written = openOnnx(path);
  try {
    return weightCount(written);
  } finally {
    written.close();
  }
}
