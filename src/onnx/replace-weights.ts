/** Writes a model whose dense layers have other weights of the same shape. Nodes and names stay the same. */
import { transposedMatrix } from '../base/axes.ts';
import { floatBytes } from '../base/half-floats.ts';
import type { Constant } from './constant.ts';
import { codeOfFloats, elementSize, type FloatType, isFloatType } from './element-types.ts';
import { findLayers } from './find-layers.ts';
import type { NewConstant } from './new-parts.ts';
import type { OnnxFile } from './open.ts';
import { writeChanged } from './write-changed.ts';

/** Whether other floats can be stored in the place of a matrix, so that the nodes between it and its layer give them. */
export function isReplaceable(file: OnnxFile, { root, steps, stored }: Constant): boolean {
  const initializer = file.graph.initializers.find(({ name }) => name === root);
  return (
    initializer?.type === stored &&
    isFloatType(stored) &&
    steps.every((step) => typeof step === 'object' || step.startsWith('cast to '))
  );
}

/**
 * Writes `folder`/`name`, and external data beside it.
 *
 * @param weights by the names of layers: [outputs, inputs] of the linear map y = W x
 * @param limit see `writeChanged`
 */
export function writeWeights(
  file: OnnxFile,
  weights: ReadonlyMap<string, Float32Array>,
  folder: string,
  name: string,
  limit?: number,
): void {
  const { layers } = findLayers(file);
  const constants = new Map<string, NewConstant>();
  for (const [layer, elements] of weights) {
    const { weight, kind } = layers.find((one) => one.name === layer)!;
    if (kind !== 'dense' || !isReplaceable(file, weight))
      throw new Error(`'${layer}' is not plain`);
    constants.set(weight.root, replaced(weight, elements));
  }
  const unused = { names: new Set(constants.keys()), nodes: new Set<never>() };
  const changes = { chains: new Map(), constants: [...constants.values()], unused };
  writeChanged(file, changes, folder, name, limit);
}

function replaced({ root, steps, shape, stored }: Constant, elements: Float32Array): NewConstant {
  const [rows, columns] = shape as [number, number];
  // Two transposes would have become none.
  const isTransposed = steps.some((step) => typeof step === 'object');
  const type = stored as FloatType;
  return {
    name: root,
    type: codeOfFloats(type),
    shape: isTransposed ? [columns, rows] : shape,
    bytes: {
      length: elements.length * elementSize(type)!,
      make: () =>
        floatBytes(isTransposed ? transposedMatrix(elements, rows, columns) : elements, type),
    },
  };
}
