/**
 * A session of ONNX Runtime with a model file. The weights stay in the runtime, which reads external data beside the
 * file. Waiting threads do not spin, because that would take processor time from other stages.
 *
 * The last bits of outputs depend on the number of threads and on the batch size, in models that multiply two computed
 * matrices, such as those with attention. With constant weights they do not depend on the threads. So the number of
 * threads is a constant: fewer cores compute the same bytes.
 */
import { ExpectedError } from '../../base/expected-error.ts';
import { withRuntime } from './failure.ts';
import { loadRuntime, type Runtime, type RuntimeTensor, type RuntimeValue } from './library.ts';

/** An input or output of a model. */
export interface ModelValue {
  readonly name: string;
  /** Such as 'float32'. */
  readonly type: string;
  /** A name stands for an extent that is known only at run time. */
  readonly shape: readonly (number | string)[];
}

export interface ModelSession {
  /** The name of the model in errors. */
  readonly name: string;
  readonly inputs: readonly ModelValue[];
  /** Those that are tensors. */
  readonly outputs: readonly ModelValue[];
  run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    fetches: Readonly<Record<string, null>>,
  ): Readonly<Record<string, RuntimeTensor>>;
  readonly Tensor: Runtime['Tensor'];
  /** Releases the memory of the runtime. A second call does nothing. */
  dispose(): void;
}

export interface SessionOptions {
  /** Default: `SESSION_THREADS`. */
  readonly threads?: number;
  /** Names the model in errors. Default: its path. */
  readonly name?: string;
}

/** On two cores, four threads cost a tenth more time than two. */
export const SESSION_THREADS = 4;

/** @throws ExpectedError if the runtime or the model can't be loaded */
export function openModelSession(
  path: string,
  { threads = SESSION_THREADS, name = path }: SessionOptions = {},
): ModelSession {
  const { binding, Tensor } = loadRuntime();
  const session = new binding.InferenceSession();
  let open = true;
  const dispose = () => {
    if (open) session.dispose();
    open = false;
  };
  withRuntime(name, 'loaded', () =>
    session.loadModel(path, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: FATAL,
      extra: { session: { intra_op: { allow_spinning: '0' }, ...FLOAT_INPUTS } },
    }),
  );
  const values = (metadata: readonly RuntimeValue[]) =>
    metadata.map((value) => modelValue(name, value));
  try {
    return {
      name,
      inputs: values(session.inputMetadata),
      outputs: values(session.outputMetadata.filter(({ isTensor }) => isTensor)),
      run: (feeds, fetches) =>
        withRuntime(name, 'run', () => session.run(feeds, fetches, { logSeverityLevel: FATAL })),
      Tensor,
      dispose,
    };
  } catch (problem) {
    dispose();
    throw problem;
  }
}

/**
 * By default, the runtime rounds the inputs of a `MatMul` to 8 bits if its weight is in 8 bits. This is the level that
 * keeps them in 32 bits.
 */
const FLOAT_INPUTS = { qdq_matmulnbits_accuracy_level: '1' };

/** Failures are thrown; the runtime need not print them too. */
const FATAL = 4;

function modelValue(name: string, value: RuntimeValue): ModelValue {
  const type = value.isTensor ? TYPES[value.type] : undefined;
  if (type === undefined) {
    throw new ExpectedError(
      `${name}: the input or output "${value.name}" is not a tensor of numbers`,
      'export the model with tensors of numbers as its inputs and outputs',
    );
  }
  const shape = value.shape.map((extent, i) =>
    extent >= 0 ? extent : value.symbolicDimensions[i] || '?',
  );
  return { name: value.name, type, shape };
}

/** By `TensorProto.DataType`. */
const TYPES: readonly (string | undefined)[] = [
  undefined,
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
];
