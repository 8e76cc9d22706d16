/**
 * TensorFlow's own operations by their names, for what tfjs composes of several or doesn't have. Only on the
 * backend `tensorflow`.
 */
import * as tf from '@tensorflow/tfjs-core';

/** What that backend offers beyond tfjs. */
interface NativeBackend {
  readonly binding: Readonly<Record<string, number>>;
  executeMultipleOutputs(
    operation: string,
    attributes: readonly object[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

/** `float32`: the attribute's value is that type. */
export type Attributes = Readonly<Record<string, 'float32' | boolean | string | readonly number[]>>;

/** Its outputs, of which there are `outputs`. An attribute of numbers is a shape. */
export function native(
  operation: string,
  attributes: Attributes,
  inputs: readonly tf.Tensor[],
  outputs: number,
): tf.Tensor[] {
  const backend = tf.backend() as unknown as NativeBackend;
  const { binding } = backend;
  const given = Object.entries(attributes).map(([name, value]) => {
    if (value === 'float32') return { name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
    if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
    if (typeof value === 'string') return { name, type: binding.TF_ATTR_STRING, value };
    return { name, type: binding.TF_ATTR_SHAPE, value };
  });
  return backend.executeMultipleOutputs(operation, given, inputs, outputs);
}
