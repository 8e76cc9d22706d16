/** Sessions with ONNX models from elsewhere: what they declare, what they compute, and how they fail. */
import { afterAll, describe, expect, it } from 'vitest';
import type { ModelSamples } from '../../../src/datasets/model-samples.ts';
import { type BatchOutput, runBatches } from '../../../src/nn/runtime/batches.ts';
import { openModelSession } from '../../../src/nn/runtime/session.ts';
import { modelBytes } from '../../onnx/small-models.ts';
import { noiseValues } from '../kernels/differentiate.ts';
import {
  bytesFile,
  hasOnnx,
  linear,
  modelFile,
  removeModels,
  samplesOf,
  threes,
} from './models.ts';

afterAll(removeModels);

/** The first output of all samples. */
async function outputs(path: string, samples: ModelSamples, batch: number, threads?: number) {
  const session = openModelSession(path, threads === undefined ? {} : { threads });
  const values: number[] = [];
  const seen: BatchOutput[] = [];
  for await (const { outputs: all } of runBatches(session, samples, batch)) {
    const [output] = all.values();
    seen.push(output!);
    values.push(...output!.values);
  }
  session.dispose();
  session.dispose();
  return { values, seen };
}

describe.skipIf(!hasOnnx)(`a session${hasOnnx ? '' : ' (ONNX Runtime is not installed)'}`, () => {
  const identity = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

  it('names the inputs and outputs with their types and shapes', () => {
    const path = modelFile((graph) => {
      const ids = graph.input('ids', ['batch', 'tokens'], 'int64');
      graph.output(graph.add('Cast', [ids], { to: 1 }, 'y'), ['batch', 'tokens']);
    });
    const { inputs, outputs: given, dispose } = openModelSession(path);
    expect(inputs).toEqual([{ name: 'ids', type: 'int64', shape: ['batch', 'tokens'] }]);
    expect(given).toEqual([{ name: 'y', type: 'float32', shape: ['batch', 'tokens'] }]);
    dispose();
  });

  it('keeps its inputs in 32 bits where weights are in 8 bits', async () => {
    const integers = Int8Array.from({ length: 64 * 32 }, (_, i) => ((i * 37) % 255) - 127);
    const scales = Float32Array.from({ length: 32 }, (_, i) => (i + 1) / 64);
    const path = bytesFile(
      modelBytes({
        nodes: [
          ['DequantizeLinear', ['q', 's'], ['w'], { axis: 1 }],
          ['MatMul', ['x', 'w'], ['y']],
        ],
        constants: { q: { shape: [64, 32], data: integers }, s: { shape: [32], data: scales } },
        inputs: { x: ['N', 64] },
      }),
    );
    const x = noiseValues([64], 1);
    const { values } = await outputs(path, samplesOf(x, [64]), 1);
    for (const [output, value] of values.entries()) {
      let [exact, size] = [0, 0];
      for (const [input, one] of x.entries()) {
        const product = one * integers[32 * input + output]! * scales[output]!;
        exact += product;
        size += Math.abs(product);
      }
      expect(Math.abs(value - exact) / size).toBeLessThan(1e-6);
    }
  });

  it('runs samples in batches, and the last one may be smaller', async () => {
    const samples = threes(7);
    const { values, seen } = await outputs(linear(identity), samples, 3);
    expect(values).toEqual([...(samples.read(samples.inputs[0]!, 0, 7) as Float32Array)]);
    expect(seen.map(({ shape }) => shape)).toEqual([
      [3, 3],
      [3, 3],
      [1, 3],
    ]);
  });

  it('fills the batch of a model that takes only one size', async () => {
    const samples = threes(7);
    const { values, seen } = await outputs(linear(identity, { batch: 4 }), samples, 100);
    expect(values).toEqual([...(samples.read(samples.inputs[0]!, 0, 7) as Float32Array)]);
    expect(seen.map(({ shape }) => shape)).toEqual([
      [4, 3],
      [3, 3],
    ]);
  });

  it('converts outputs of other types to numbers', async () => {
    const above = modelFile((graph) => {
      const x = graph.input('x', ['N', 3]);
      graph.output(graph.add('Greater', [x, graph.scalar(0)], {}, 'y'), ['N', 3], 'bool');
    });
    const long = modelFile((graph) => {
      const x = graph.input('x', ['N', 3]);
      graph.output(graph.add('ArgMax', [x], { axis: 1, keepdims: 0 }, 'y'), ['N'], 'int64');
    });
    const samples = samplesOf(Float32Array.of(0.5, -2, 1024), [3]);
    expect((await outputs(above, samples, 1)).values).toEqual([1, 0, 1]);
    expect((await outputs(long, samples, 1)).values).toEqual([2]);
  });

  it('gives the same bytes on any number of threads, for convolutions and constant weights', async () => {
    const path = modelFile((graph) => {
      const x = graph.input('x', ['N', 3, 16, 16]);
      const kernel = graph.constant([8, 3, 3, 3], noiseValues([216], 1));
      const maps = graph.add('Relu', [graph.add('Conv', [x, kernel], { pads: [1, 1, 1, 1] })]);
      const flat = graph.add('Flatten', [maps]);
      const w = graph.constant([2048, 50], noiseValues([2048 * 50], 2));
      graph.output(graph.add('MatMul', [flat, w], {}, 'y'), ['N', 50]);
    });
    const samples = samplesOf(noiseValues([6 * 768], 3), [3, 16, 16]);
    const one = await outputs(path, samples, 4, 1);
    for (const threads of [2, 4]) {
      expect((await outputs(path, samples, 4, threads)).values).toEqual(one.values);
    }
  });

  it('stops at the next batch if the signal is aborted', async () => {
    const session = openModelSession(linear(identity));
    const stop = new AbortController();
    const batches = runBatches(session, threes(9), 3, stop.signal);
    await batches.next();
    stop.abort(new Error('stopped'));
    await expect(batches.next()).rejects.toThrow('stopped');
    session.dispose();
  });

  it.each<[string, string, string]>([
    ['a file that is missing', '/nowhere/a.onnx', "File doesn't exist | check the path"],
    [
      'a text',
      bytesFile(Buffer.from('hello, this is no model')),
      'Protobuf parsing failed. | it is not an ONNX model, or damaged: copy it again',
    ],
    [
      'an empty file',
      bytesFile(new Uint8Array()),
      'ModelProto does not have a graph. | it is not an ONNX model, or damaged: copy it again',
    ],
    [
      'an operation that the runtime does not have',
      modelFile((graph) => {
        graph.output(graph.add('Fancy', [graph.input('x', ['N', 3])], {}, 'y'), ['N', 3]);
      }),
      'No Op registered for Fancy | ONNX Runtime has no such operation: export the model with standard operations',
    ],
  ])('refuses %s', (_, path, said) => {
    const [part, advice] = said.split(' | ');
    let problem: (Error & { readonly advice?: string }) | undefined;
    try {
      openModelSession(path);
    } catch (thrown) {
      problem = thrown as Error;
    }
    expect(problem).toMatchObject({ name: 'ExpectedError', advice });
    expect(problem!.message).toMatch(new RegExp(`^${path}: the model can't be loaded: `));
    expect(problem!.message).toContain(part);
    expect(problem!.message).not.toMatch(/onnxruntime_src|\.cc:/);
  });

  it('refuses samples of a wrong shape or type, and names the input', async () => {
    const wrong = outputs(linear(identity), samplesOf(noiseValues([8], 1), [2]), 4);
    await expect(wrong).rejects.toMatchObject({
      name: 'ExpectedError',
      message: expect.stringContaining('Got invalid dimensions for input: x'),
      advice: 'check that the data has the inputs, types and shapes of the model',
    });
  });
});
