/**
 * Sessions of ONNX Runtime that run synchronously, on arrays that are not copied. Only on the backend `onnx`.
 *
 * The public `InferenceSession.run` of onnxruntime-node wraps the same synchronous call in `setImmediate`. A training
 * step is synchronous, so the binding is called directly.
 *
 * No session sets `set_denormal_as_zero`: the first session would set it for the main thread of this process for good,
 * so that JavaScript would compute 1e-310 / 2 = 0.
 */

import type { OnnxModel } from '../../../onnx/model.ts';
import { onnxBytes } from '../../../onnx/write.ts';
import { onnxEngine, runInPlace } from '../../backends/onnx.ts';

/** Opaque: made by `tensor`, or returned by a run. */
export interface RuntimeTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

export type Tensors = Readonly<Record<string, RuntimeTensor>>;

export interface Session {
  /**
   * Writes the outputs into the tensors of `outputs`, which must have their shapes. The first output of the graph should
   * be a small one.
   */
  run(inputs: Tensors, outputs: Tensors): void;
  /** Returns the outputs `names` in new tensors. */
  compute(inputs: Tensors, names: readonly string[]): Tensors;
  dispose(): void;
}

export interface SessionOptions {
  /**
   * Whether ONNX Runtime may rewrite the graph. It then packs constant weights into blocks, which doubles the speed of
   * inference. It also undoes the order of products that makes results independent of the number of threads.
   */
  readonly optimized: boolean;
}

export function openSession(model: OnnxModel, { optimized }: SessionOptions): Session {
  const { binding, threads } = onnxEngine();
  const bytes = onnxBytes(model);
  const session = new binding.InferenceSession();
  session.loadModel(bytes.buffer, bytes.byteOffset, bytes.byteLength, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: optimized ? 'all' : 'disabled',
    // Threads that wait would take processor time from other stages.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  return {
    run: (inputs, outputs) => {
      runInPlace(session, inputs, outputs);
    },
    compute: (inputs, names) =>
      session.run(inputs, Object.fromEntries(names.map((name) => [name, null])), {}),
    dispose: () => session.dispose(),
  };
}

/** A tensor over `data`, which is not copied. */
export function tensor(data: Float32Array, shape: readonly number[]): RuntimeTensor {
  const { Tensor } = onnxEngine();
  return new Tensor('float32', data, shape);
}
