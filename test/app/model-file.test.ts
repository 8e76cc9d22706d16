import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { describeOnnx } from '../../src/app/model-file.ts';
import { OnnxGraphBuilder } from '../../src/onnx/graph-builder.ts';
import { onnxBytes } from '../../src/onnx/write.ts';

const folder = mkdtempSync(join(tmpdir(), 'model-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function describe(content: string | Uint8Array) {
  const path = join(folder, 'net.onnx');
  writeFileSync(path, content);
  return describeOnnx(path);
}

it('finds the inputs of a model', () => {
  const graph = new OnnxGraphBuilder();
  graph.output(graph.add('Relu', [graph.input('x', ['N', 3])]), ['N', 3]);
  expect(describe(onnxBytes(graph.model('net')))).toMatchObject({
    ok: true,
    value: { inputs: [{ name: 'x', shape: ['N', 3] }], externalFiles: [] },
  });
});

it.each([
  ['', 'it is empty', 'Export or download the model again'],
  ['version https://git-lfs.github.com/spec/v1\n', 'a pointer of Git LFS', 'git lfs pull'],
  ['PK\x03\x04...', 'a ZIP archive', 'pipeline init pytorch'],
  [`${'\x08\x00\x00\x00\x00\x00\x00\x00'}{"a":{}}`, 'a safetensors file', 'pipeline init pytorch'],
  ['<!DOCTYPE html>', 'a web page', 'Download the file itself'],
  ['hello\n', 'it is a text file', 'download it again'],
  ['\x08\x07\x3a\x10', 'it is cut: it has 4 of at least 20 bytes', 'again'],
  ['\x08\x07\xff', 'at byte 2', 'again'],
  ['\x08\x07', 'it has no graph', 'again'],
  // A brace where safetensors has one.
  ['\x08\x07\x12\x03abc\x3a{', 'it is cut', 'again'],
])('names the format of a file with the text %o', (text, message, advice) => {
  const checked = describe(text);
  expect(checked).toMatchObject({
    ok: false,
    error: {
      message: expect.stringContaining(message),
      advice: expect.stringContaining(advice),
    },
  });
});

it('reports a folder and a missing file', () => {
  const isFolder = describeOnnx(folder);
  expect(isFolder).toMatchObject({ ok: false, error: { message: 'it is not a file' } });
  const isMissing = describeOnnx(join(folder, 'none.onnx'));
  expect(isMissing).toMatchObject({
    ok: false,
    error: { message: expect.stringMatching(/^it can't be read: ENOENT/) },
  });
});
