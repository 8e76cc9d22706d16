/** An ONNX model as a model whose layers can be factored. */
import { sizeOf } from '../../../nn/model/description.ts';
import { isFloatType } from '../../../onnx/element-types.ts';
import { writeWithOutputs } from '../../../onnx/extra-outputs.ts';
import { constantLayers, type OnnxLayer } from '../../../onnx/layers.ts';
import { type OnnxFile, openOnnx } from '../../../onnx/open.ts';
import { requireInt8, writeReplaced } from '../../../onnx/replace.ts';
import type { ForeignFile, GivenFiles } from './foreign-file.ts';

/** `file`: the name of the ONNX file. The other files are its external data. */
export function openOnnxModel(source: GivenFiles, file: string): ForeignFile {
  const opened = openOnnx(source.path(file), (location) =>
    source.files.includes(location) ? source.path(location) : undefined,
  );
  const { layers, whole } = constantLayers(opened);
  const first = firstOfEach(layers);
  return {
    files: [file, ...opened.externalFiles],
    parameters: parametersOf(opened, [...first.values()]),
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
    },
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

/** The numbers in initializers, and in weights that nodes compute from constants. */
function parametersOf({ graph }: OnnxFile, layers: readonly OnnxLayer[]): number {
  const floats = graph.initializers.filter(({ type }) => isFloatType(type));
  const names = new Set(floats.map(({ name }) => name));
  const computed = layers.filter(({ weight }) => !names.has(weight));
  const shapes = [...floats, ...computed].map(({ shape }) => sizeOf(shape));
  return shapes.reduce((sum, count) => sum + count, 0);
}
