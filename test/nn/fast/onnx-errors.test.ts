/** Errors of ONNX Runtime reach the caller, although runs in place end with an error of their own. */
import { expect, it } from 'vitest';
import { MOST_THREADS, onnxEngine, runInPlace } from '../../../src/nn/backends/onnx.ts';
import { startBackend } from '../../../src/nn/backends/start.ts';
import { openSession, tensor } from '../../../src/nn/fast/onnx/session.ts';
import { OnnxGraphBuilder } from '../../../src/onnx/graph-builder.ts';
import { hasOnnx, useThreads } from './onnx.ts';

it('throws what a run throws', () => {
  const problem = new Error('wrong input');
  const session = {
    loadModel: () => {},
    dispose: () => {},
    run: () => {
      throw problem;
    },
  };
  expect(() => runInPlace(session, {}, {})).toThrow(problem);
});

it.skipIf(!hasOnnx)('throws what ONNX Runtime reports', async () => {
  await startBackend('onnx');
  const graph = new OnnxGraphBuilder();
  const output = graph.output(graph.add('Relu', [graph.input('x', [2])]), [2]);
  const session = openSession(graph.model('relu'), { optimized: false });
  const result = new Float32Array(2);
  const run = (shape: readonly number[]) =>
    session.run({ x: tensor(Float32Array.of(-1, 1), shape) }, { [output]: tensor(result, [2]) });
  expect(() => run([2, 1])).toThrow(/x/);
  run([2]);
  expect([...result]).toEqual([0, 1]);
  session.dispose();
  session.dispose();
});

it.skipIf(!hasOnnx)('uses no more threads than its products allow', async () => {
  await startBackend('onnx');
  useThreads(64);
  expect(onnxEngine().threads).toBe(MOST_THREADS);
  useThreads(1);
});
