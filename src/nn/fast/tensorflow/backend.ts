/** The functions of tfjs's backend `tensorflow` beyond the interface of backends. */
import * as tf from '@tensorflow/tfjs-core';

/** A handle is the number of a tensor in TensorFlow. */
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
