/** ONNX Runtime reads a model from the store, where each file is in a folder of its own, under another name. */
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openModelSession } from '../../../../src/nn/runtime/session.ts';
import { OnnxGraphBuilder } from '../../../../src/onnx/graph-builder.ts';
import { writeOnnxFile } from '../../../../src/onnx/write-file.ts';
import { runtimeFolder } from '../../../../src/stages/shared/foreign/named-folder.ts';
import { backends } from '../../../nn/kernels/differentiate.ts';

const root = mkdtempSync(join(tmpdir(), 'named-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function stored(name: string, limit: number) {
  const folder = join(root, name);
  mkdirSync(folder);
  const graph = new OnnxGraphBuilder();
  const weight = graph.constant([16, 16], new Float32Array(256).fill(1));
  graph.output(graph.add('MatMul', [graph.input('x', ['N', 16]), weight], {}, 'y'), ['N', 16]);
  const model = { ...graph.model('g'), opsets: { '': 17 } };
  writeOnnxFile(model, { folder, file: 'net.onnx', about: { irVersion: 8 }, limit });
  const files = limit === 0 ? ['net.onnx', 'net.onnx.data'] : ['net.onnx'];
  const objects = new Map(files.map((file, i) => [file, join(folder, `${i}`, 'object')]));
  for (const [file, object] of objects) {
    mkdirSync(join(object, '..'));
    renameSync(join(folder, file), object);
  }
  return { files: ['model.json', ...files], path: (file: string) => objects.get(file)! };
}

const hasOnnx = backends.includes('onnx');
it.skipIf(!hasOnnx).each([
  ['in one file', 2 ** 31],
  ['with external data', 0],
])('a model %s is read (needs ONNX Runtime)', (name, limit) => {
  const given = stored(name, limit);
  const folder = runtimeFolder(given, join(root, `${name} scratch`));
  const session = openModelSession(join(folder, 'net.onnx'));
  expect(session.inputs.map(({ shape }) => shape)).toEqual([['N', 16]]);
  session.dispose();
});
