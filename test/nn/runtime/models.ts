/** Small ONNX models in files, and samples for them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InputType, ModelSamples } from '../../../src/datasets/model-samples.ts';
import { OnnxGraphBuilder } from '../../../src/onnx/graph-builder.ts';
import { onnxBytes } from '../../../src/onnx/write.ts';
import { backends, noiseValues } from '../kernels/differentiate.ts';

export const hasOnnx = backends.includes('onnx');

/** Several files of tests share this module, and each removes its models. */
let folder: string | undefined;
let files = 0;

export function removeModels(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
}

/** The path of a model that `build` makes. */
export function modelFile(build: (graph: OnnxGraphBuilder) => void): string {
  const graph = new OnnxGraphBuilder();
  build(graph);
  return bytesFile(onnxBytes(graph.model('test')));
}

export function bytesFile(bytes: Uint8Array): string {
  folder ??= mkdtempSync(join(tmpdir(), 'runtime-'));
  const path = join(folder, `${files++}.onnx`);
  // Test files that run in one process share the folder, and each removes it at its end.
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

/** y = x W of three inputs and `classes` outputs, optionally with a softmax, or a batch of a fixed size. */
export function linear(
  weights: Float32Array,
  { softmax = false, batch = 'N' as number | string } = {},
): string {
  const classes = weights.length / 3;
  return modelFile((graph) => {
    const x = graph.input('x', [batch, 3]);
    const w = graph.constant([3, classes], weights);
    const scores = graph.add('MatMul', [x, w], {}, softmax ? 'logits' : 'y');
    if (softmax) graph.add('Softmax', [scores], { axis: 1 }, 'y');
    graph.output('y', [batch, classes]);
  });
}

/** Samples of one input `x`. */
export function samplesOf(
  values: Float32Array,
  shape: readonly number[],
  labels: ArrayLike<number> | null = null,
  type: InputType = 'float32',
): ModelSamples {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return {
    count: values.length / size,
    inputs: [{ name: 'x', type, shape }],
    labels: labels && Uint8Array.from(labels),
    classes: null,
    read: (_, from, count) => values.slice(from * size, (from + count) * size),
  };
}

/** `count` samples of three numbers. */
export const threes = (count: number, labels: ArrayLike<number> | null = null): ModelSamples =>
  samplesOf(noiseValues([3 * count], 7), [3], labels);
