/**
 * Sessions of ONNX Runtime that run synchronously, on arrays that are not copied. Only on the backend `onnx`.
 *
 * The public `InferenceSession.run` of onnxruntime-node wraps the same synchronous call in `setImmediate`. A training
 * step is synchronous, so the binding is called directly.
 *
 * No session sets `set_denormal_as_zero`: the first session would set it for the main thread of this process for good,
 * so that JavaScript would compute 1e-310 / 2 = 0.
 */
import type { OnnxModel, OnnxTensor } from '../../../onnx/model.ts';
import { onnxBytes } from '../../../onnx/write.ts';
import { type NativeSession, onnxEngine, runInPlace } from '../../backends/onnx.ts';
import { allocating } from './memory.ts';

/** Opaque: made by `tensor`, or returned by a run. */
export interface RuntimeTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

export type Tensors = Readonly<Record<string, RuntimeTensor>>;

export interface Session {
  /** Writes the outputs into the tensors of `outputs`, which must have their shapes. */
  run(inputs: Tensors, outputs: Tensors): void;
  /** A second call does nothing. */
  dispose(): void;
}

export interface SessionOptions {
  /**
   * Whether ONNX Runtime may rewrite the graph. It then packs constant weights into blocks, which doubles the speed of
   * inference. It also undoes the order of products that makes results independent of the number of threads.
   */
  readonly optimized: boolean;
}

export function openSession(model: OnnxModel, options: SessionOptions): Session {
  const session = loadedSession(model, options);
  const small = tensor(new Float32Array(1), []);
  let open = true;
  return {
    run: (inputs, outputs) => {
      allocating(() => runInPlace(session, inputs, { ...outputs, [SMALL]: small }));
    },
    dispose: () => {
      if (open) session.dispose();
      open = false;
    },
  };
}

/** Keeps nothing of the model: its closures are not those of the session. */
function loadedSession(model: OnnxModel, { optimized }: SessionOptions): NativeSession {
  const { binding, threads, provider } = onnxEngine();
  return allocating(() => {
    const bytes = onnxBytes(withSmallOutput(model), isLarge);
    const session = new binding.InferenceSession();
    session.loadModel(bytes.buffer, bytes.byteOffset, bytes.byteLength, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: optimized ? 'all' : 'disabled',
      logSeverityLevel: ERRORS,
      externalData: model.graph.initializers
        .filter(isLarge)
        .map(({ name, bytes: data }) => ({ path: name, data })),
      extra: { session: { intra_op: { spin_duration_us: String(SPIN_MICROSECONDS) } } },
    });
    return session;
  });
}

/**
 * How long a thread waits for the next operation before it sleeps. A training step has hundreds of operations of a few
 * microseconds, and waking a thread takes longer than many of them. A longer wait would take processor time from other
 * stages; the default is a million iterations, which is tens of milliseconds.
 */
const SPIN_MICROSECONDS = 50;

/** On a GPU, ONNX Runtime warns for each session that it computes the shapes on the processor. */
const ERRORS = 3;

const SMALL = 'small output';

/** A model with a scalar as its first output: the only one that a run in place copies. */
function withSmallOutput({ graph, opsets }: OnnxModel): OnnxModel {
  const scalar = { type: 'float32', shape: [] } as const;
  const constant = { ...scalar, name: 'small constant', bytes: new Uint8Array(4) };
  const node = { operation: 'Identity', name: SMALL, attributes: {} };
  return {
    graph: {
      ...graph,
      initializers: [...graph.initializers, constant],
      nodes: [...graph.nodes, { ...node, inputs: [constant.name], outputs: [SMALL] }],
      outputs: [{ ...scalar, name: SMALL }, ...graph.outputs],
    },
    opsets,
  };
}

/**
 * Constants from this size on are not copied into the bytes of the model, which ONNX Runtime would copy three times more.
 * A model of 491 MB opened with a peak of 1.0 GB instead of 2.4 GB, in a fifth of the time. It reads them while the
 * session opens, and not later.
 */
const isLarge = ({ bytes }: OnnxTensor) => bytes.length >= 2 ** 20;

/** A tensor over `data`, which is not copied. */
export function tensor(data: Float32Array, shape: readonly number[]): RuntimeTensor {
  const { Tensor } = onnxEngine();
  return new Tensor('float32', data, shape);
}
