/** A node that can be replaced. */
import type { Constant } from './constant.ts';
import { isFloatType } from './element-types.ts';
import { countOf } from './stored-tensor.ts';

export interface Recognized {
  readonly kind: 'dense' | 'convolution';
  /** In the layout of a layer: [outputs, inputs], or [outputs, inputs / groups, ...kernel]. */
  readonly weight: Constant;
  /** Which input of the node the weight is. */
  readonly place: 0 | 1;
  /** The axis of the other input along which the weight acts. Negative ones count from the end. */
  readonly inputAxis: number;
  readonly groups: number;
  /** Constant ones. */
  readonly biases: number;
}

export const IS_DEFAULT = 'its weight is an input of the model with a default value';

/** 4 GB as float32. More can't be factored in a time that anybody waits, and may not fit into an array. */
const ELEMENTS_LIMIT = 2 ** 30;

/** Why a constant is not a weight that can be factored. */
export function weightProblem(
  { shape, type, unsupported }: Constant,
  [least, most]: readonly [number, number],
): string | undefined {
  if (!isFloatType(type)) return `its weight has the type ${type}`;
  if (unsupported) return `its weight ${unsupported}`;
  if (shape.length < least || shape.length > most) {
    return `its weight has ${shape.length} dimension${shape.length === 1 ? '' : 's'}`;
  }
  const count = countOf(shape)!;
  if (count > ELEMENTS_LIMIT) return `its weight has ${count} elements`;
  return count === 0 ? 'its weight is empty' : undefined;
}
