/** ONNX Runtime for models from elsewhere, on the processor, whatever backend computes the other stages. */
import * as tf from '@tensorflow/tfjs-core';
import { ExpectedError } from '../../base/expected-error.ts';
import { codeOf } from '../../base/system-error.ts';
import { installLocation } from '../backends/install-location.ts';
import { locateBackend } from '../backends/locate.ts';
import { loadOnnx, onnxEngine } from '../backends/onnx.ts';

/** The part of onnxruntime-node that is used, declared here because the package is optional. */
export interface Runtime {
  readonly binding: { readonly InferenceSession: new () => RuntimeSession };
  readonly Tensor: new (
    type: string,
    data: RuntimeTensor['data'],
    dims: readonly number[],
  ) => RuntimeTensor;
}

export interface RuntimeSession {
  readonly inputMetadata: readonly RuntimeValue[];
  readonly outputMetadata: readonly RuntimeValue[];
  loadModel(path: string, options: object): void;
  /** An output of `fetches` that is null is allocated. */
  run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    fetches: Readonly<Record<string, null>>,
    options: object,
  ): Readonly<Record<string, RuntimeTensor>>;
  dispose(): void;
}

export interface RuntimeValue {
  readonly name: string;
  readonly isTensor: boolean;
  /** `TensorProto.DataType`. */
  readonly type: number;
  /** -1 for an extent that is known only at run time, which `symbolicDimensions` may name. */
  readonly shape: readonly number[];
  readonly symbolicDimensions: readonly string[];
}

export interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayBufferView & ArrayLike<number | bigint>;
}

const ADVICE = '"pipeline doctor" shows whether the backend "onnx" starts here, and how to get it';

/** @throws ExpectedError if it is not installed or can't be loaded */
export function loadRuntime(): Runtime {
  // The backend `onnx` uses the same library, with its own settings, which loading it again would replace.
  const engine = tf.getBackend() === 'onnx' ? onnxEngine() : loaded();
  return engine as unknown as Runtime;
}

function loaded() {
  const located = locateBackend('onnx', installLocation());
  if (!located) {
    throw new ExpectedError(
      'ONNX models are run by ONNX Runtime, which is not installed',
      'run "pipeline backend install onnx"',
    );
  }
  try {
    return loadOnnx(located.directory, 1, 'cpu');
  } catch (problem) {
    const code = codeOf(problem);
    if (code !== 'ERR_DLOPEN_FAILED' && code !== 'MODULE_NOT_FOUND') throw problem;
    const [line] = (problem as Error).message.split('\n');
    throw new ExpectedError(`ONNX Runtime can't be loaded: ${line}`, ADVICE);
  }
}
