/** `Gemm` and `MatMul` with a constant matrix, as the linear map y = W x of each sample x. */
import { floatAttribute, integerAttribute } from './attributes.ts';
import type { Constant } from './constant.ts';
import type { Constants } from './constants.ts';
import { IS_DEFAULT, type Recognized, weightProblem } from './recognized.ts';
import type { StoredNode } from './stored-graph.ts';
import { transposed } from './transposed.ts';

const SWAPPED = [1, 0];

/** A text is the reason why the node stays whole. */
export function denseLayer(constants: Constants, node: StoredNode): Recognized | string {
  const [first = '', second = ''] = node.inputs;
  const [a, b] = [constants.at(first), constants.at(second)];
  if (a && b) return 'it computes a constant';
  const weight = b ?? a;
  if (!weight) {
    if (constants.isDefault(first) || constants.isDefault(second)) return IS_DEFAULT;
    return node.operation === 'MatMul' ? 'neither input is constant' : 'its weight is not constant';
  }
  const place = b ? 1 : 0;
  const problem = weightProblem(weight, [2, 2]);
  if (problem) return problem;
  const { bytes } = constants;
  const isGemm = node.operation === 'Gemm';
  const isTransposed = (name: string) => isGemm && (integerAttribute(bytes, node, name) ?? 0) !== 0;
  // The samples are rows if the weight is the second input: then Y = X W^T. Otherwise Y = W X.
  const isSwapped = place === 1 ? !isTransposed('transB') : isTransposed('transA');
  // Of the samples: [samples, inputs] or [inputs, samples].
  const isTurned = isTransposed(place === 1 ? 'transA' : 'transB');
  const matrix = isSwapped ? transposed(weight, SWAPPED) : weight;
  const alpha = isGemm ? (floatAttribute(bytes, node, 'alpha') ?? 1) : 1;
  const bias = isGemm ? constants.at(node.inputs[2] ?? '') : undefined;
  return {
    ...{ kind: 'dense', groups: 1, place, inputAxis: (place === 1) === isTurned ? -2 : -1 },
    ...{ biases: bias ? count(bias) : 0 },
    weight: alpha === 1 ? matrix : scaled(matrix, alpha),
  };
}

function scaled(from: Constant, factor: number): Constant {
  return {
    ...from,
    steps: [...from.steps, `times ${factor}`],
    read: () => from.read().map((value) => value * factor),
  };
}

function count({ shape }: Constant): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
