/**
 * TensorFlow's own operations by their names, for what tfjs composes of several or doesn't have. Only on the
 * backend `tensorflow`.
 */
import * as tf from '@tensorflow/tfjs-core';

/** What that backend offers beyond tfjs. A handle is TensorFlow's number of a tensor. */
export interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  binding: Readonly<Record<'TF_FLOAT' | AttributeType, number>> & {
    readonly TF_Version: string;
    /** A handle. */
    createTensor(shape: readonly number[], type: number, values: ArrayBufferView): number;
    deleteTensor(handle: number): void;
    /** A copy. */
    tensorDataSync(handle: number): ArrayBufferView;
    executeOp(
      operation: string,
      attributes: readonly NativeAttribute[],
      inputs: readonly number[],
      outputs: number,
    ): readonly NativeTensor[];
    /** Names are separated by commas. */
    runSavedModel(
      session: number,
      inputs: readonly number[],
      inputNames: string,
      outputNames: string,
    ): readonly NativeTensor[];
  };
  getInputTensorIds(tensors: readonly tf.Tensor[]): readonly number[];
  executeMultipleOutputs(
    operation: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
  loadSavedModelMetaGraph(folder: string, tag: string): number;
  runSavedModel(
    session: number,
    inputs: readonly tf.Tensor[],
    inputNames: readonly { readonly name: string }[],
    outputNames: readonly string[],
  ): tf.Tensor[];
  deleteSavedModel(session: number): void;
}

interface NativeTensor {
  /** Its handle. */
  readonly id: number;
}

type AttributeType = `TF_ATTR_${'STRING' | 'INT' | 'FLOAT' | 'BOOL' | 'TYPE' | 'SHAPE'}`;

interface NativeAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

export function nativeBackend(): NativeBackend {
  return tf.backend() as unknown as NativeBackend;
}

/** `float32`: the attribute's value is that type. */
type Attributes = Readonly<Record<string, 'float32' | string>>;

/** The first output of an operation. */
export function native(
  operation: string,
  attributes: Attributes,
  inputs: readonly tf.Tensor[],
): tf.Tensor {
  const backend = nativeBackend();
  const { TF_ATTR_TYPE, TF_ATTR_STRING, TF_FLOAT } = backend.binding;
  const given = Object.entries(attributes).map(([name, value]) =>
    value === 'float32'
      ? { name, type: TF_ATTR_TYPE, value: TF_FLOAT }
      : { name, type: TF_ATTR_STRING, value },
  );
  return backend.executeMultipleOutputs(operation, given, inputs, 1)[0]!;
}
