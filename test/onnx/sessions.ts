/** Runs models on ONNX Runtime, which is an optional dependency. */
import { createRequire } from 'node:module';
import { codeOf } from '../../src/base/system-error.ts';

interface Tensor {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

interface Runtime {
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => Tensor;
  readonly InferenceSession: {
    create(
      path: string,
      options: object,
    ): Promise<{
      run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
      release(): Promise<void>;
    }>;
  };
}

function load(): Runtime | undefined {
  try {
    return createRequire(import.meta.url)('onnxruntime-node') as Runtime;
  } catch (problem) {
    if (codeOf(problem) !== 'MODULE_NOT_FOUND') throw problem;
    return undefined;
  }
}

export const runtime = load();
export const NO_RUNTIME = 'onnxruntime-node is not installed';

export interface Feed {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Uint16Array | BigInt64Array;
}

export async function outputsOf(
  path: string,
  feeds: Readonly<Record<string, Feed>>,
): Promise<Readonly<Record<string, Tensor>>> {
  const { InferenceSession, Tensor } = runtime!;
  const session = await InferenceSession.create(path, {
    ...{ executionProviders: ['cpu'], intraOpNumThreads: 1, logSeverityLevel: 3 },
    // Optimized, a product with dequantized weights rounds its activations to 8 bits too.
    graphOptimizationLevel: 'disabled',
  });
  try {
    const tensors = Object.entries(feeds).map(([name, { shape, data }]) => {
      const type =
        data instanceof Float32Array
          ? 'float32'
          : data instanceof Float64Array
            ? 'float64'
            : data instanceof Uint16Array
              ? 'float16'
              : 'int64';
      return [name, new Tensor(type, data, shape)];
    });
    return await session.run(Object.fromEntries(tensors));
  } finally {
    await session.release();
  }
}

/** The largest difference, relative to the largest magnitude of `expected`. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [largest, apart] = [1e-30, 0];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    const one = Math.abs(actual[i]! - expected[i]!);
    apart = Number.isNaN(one) ? Number.POSITIVE_INFINITY : Math.max(apart, one);
  }
  return apart / largest;
}
