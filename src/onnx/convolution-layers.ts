/** `Conv` with a constant kernel of one to three spatial axes. */
import { integerAttribute, integersAttribute, textAttribute } from './attributes.ts';
import type { Constants } from './constants.ts';
import type { ModelBytes } from './model-bytes.ts';
import { IS_DEFAULT, type Recognized, weightProblem } from './recognized.ts';
import type { StoredNode } from './stored-graph.ts';

/** A text is the reason why the node stays whole. */
export function convolutionLayer(constants: Constants, node: StoredNode): Recognized | string {
  const name = node.inputs[1] ?? '';
  const weight = constants.at(name);
  if (!weight) return constants.isDefault(name) ? IS_DEFAULT : 'its weight is not constant';
  const problem = weightProblem(weight, [3, 5]);
  if (problem) return problem;
  const geometry = geometryOf(constants.bytes, node, weight.shape.slice(2));
  if (!geometry) return 'its attributes do not fit its weight';
  const [outputs, inputs] = weight.shape as [number, number];
  const { groups } = geometry;
  if (outputs % groups !== 0) return `its ${groups} groups do not divide ${outputs} outputs`;
  if (groups > 1 && inputs === 1) return 'it is depthwise: each channel has its own small kernel';
  const bias = constants.at(node.inputs[2] ?? '');
  return {
    ...{ kind: 'convolution', weight, place: 1, inputAxis: 1, groups },
    biases: bias ? outputs : 0,
  };
}

/** How the kernel moves. All lists have an entry for each spatial axis. */
export interface Geometry {
  readonly groups: number;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Of the begin and the end of each axis. Undefined if `autoPad` decides. */
  readonly pads: readonly (readonly [number, number])[] | undefined;
  readonly autoPad: string;
}

/** Undefined if the attributes contradict the kernel. */
export function geometryOf(
  bytes: ModelBytes,
  node: StoredNode,
  kernel: readonly number[],
): Geometry | undefined {
  const axes = kernel.length;
  const list = (name: string, count: number, otherwise: number): readonly number[] =>
    integersAttribute(bytes, node, name) ?? new Array<number>(count).fill(otherwise);
  const strides = list('strides', axes, 1);
  const dilations = list('dilations', axes, 1);
  const pads = list('pads', 2 * axes, 0);
  const stated = integersAttribute(bytes, node, 'kernel_shape') ?? kernel;
  const autoPad = textAttribute(bytes, node, 'auto_pad') ?? 'NOTSET';
  const groups = integerAttribute(bytes, node, 'group') ?? 1;
  const fits =
    strides.length === axes &&
    dilations.length === axes &&
    pads.length === 2 * axes &&
    stated.join() === kernel.join() &&
    [...strides, ...dilations, groups].every((value) => value > 0) &&
    ['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(autoPad);
  if (!fits) return undefined;
  const pairs = kernel.map((_, axis) => [pads[axis]!, pads[axis + axes]!] as const);
  return { groups, strides, dilations, pads: autoPad === 'NOTSET' ? pairs : undefined, autoPad };
}
