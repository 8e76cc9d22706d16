/** Runs a model over samples, batch by batch. Only one batch is in memory. */
import { setImmediate } from 'node:timers/promises';
import { ExpectedError } from '../../base/expected-error.ts';
import { F16 } from '../../base/half-floats.ts';
import type { InputData, ModelSamples, SampledInput } from '../../datasets/model-samples.ts';
import type { RuntimeTensor } from './library.ts';
import type { ModelSession } from './session.ts';

export interface Batch {
  /** The number of its first sample. */
  readonly from: number;
  readonly count: number;
  readonly outputs: ReadonlyMap<string, BatchOutput>;
}

export interface BatchOutput {
  /** Whether the first axis of its shape is the batch. */
  readonly isBySample: boolean;
  readonly shape: readonly number[];
  /** Row-major. Elements of other types than these two are converted to double precision. */
  readonly values: Float32Array | Float64Array;
}

/** @throws ExpectedError if the model refuses the samples; the reason of the signal if it is aborted */
export async function* runBatches(
  session: ModelSession,
  samples: ModelSamples,
  batchSize: number,
  signal?: AbortSignal,
): AsyncGenerator<Batch> {
  const fixed = fixedBatch(session);
  const size = fixed ?? batchSize;
  const fetches = Object.fromEntries(session.outputs.map(({ name }) => [name, null]));
  for (let from = 0; from < samples.count; from += size) {
    const count = Math.min(size, samples.count - from);
    const run = fixed ?? count;
    const feeds = Object.fromEntries(
      samples.inputs.map((input) => [input.name, fed(session, samples, input, from, count, run)]),
    );
    const outputs = session.run(feeds, fetches);
    const named = session.outputs.map(
      ({ name }) => [name, outputOf(outputs[name]!, count, run)] as const,
    );
    yield { from, count, outputs: new Map(named) };
    await setImmediate();
    signal?.throwIfAborted();
  }
}

/** Undefined if the model takes batches of any size. */
export function fixedBatch({
  name,
  inputs,
}: Pick<ModelSession, 'name' | 'inputs'>): number | undefined {
  const sizes = new Set(
    inputs.map(({ shape }) => shape[0]).filter((one) => typeof one === 'number'),
  );
  if (sizes.size < 2) return [...sizes][0];
  throw new ExpectedError(
    `${name}: the first axes of its inputs differ (${[...sizes].join(', ')}), so they can't all be the batch`,
    'export the model with the batch as the first axis of each input',
  );
}

/** A model with a fixed batch gets the last sample several times if the batch is not full. */
function fed(
  { Tensor }: ModelSession,
  samples: ModelSamples,
  input: SampledInput,
  from: number,
  count: number,
  run: number,
): RuntimeTensor {
  const data = samples.read(input, from, count);
  return new Tensor(input.type, filled(data, count, run), [run, ...input.shape]);
}

function filled(data: InputData, count: number, run: number): InputData {
  if (count === run) return data;
  const size = data.length / count;
  const whole = new (data.constructor as new (length: number) => InputData)(run * size);
  whole.set(data as never);
  for (let i = count; i < run; i += 1) whole.copyWithin(i * size, (count - 1) * size, count * size);
  return whole;
}

function outputOf({ type, dims, data }: RuntimeTensor, count: number, run: number): BatchOutput {
  const isBySample = dims[0] === run;
  const values = numbers(type, data);
  if (!isBySample || count === run) return { isBySample, shape: dims, values };
  const kept = values.subarray(0, (values.length / run) * count);
  return { isBySample, shape: [count, ...dims.slice(1)], values: kept };
}

function numbers(type: string, data: RuntimeTensor['data']): BatchOutput['values'] {
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  if (type === 'float16') return F16.toFloats(data as Uint16Array);
  return Float64Array.from(data as ArrayLike<number | bigint>, Number);
}
