import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkOnnxFile } from '../../src/app/model-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'model-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(begin: string | Uint8Array) {
  const path = join(folder, 'net.onnx');
  writeFileSync(path, begin);
  return checkOnnxFile(path);
}

it('takes a file that begins like an ONNX model', () => {
  expect(check(Uint8Array.of(8, 8, 18, 7))).toMatchObject({ ok: true });
  expect(check(Uint8Array.of(8, 13))).toMatchObject({ ok: true });
});

it.each([
  ['', 'it is empty', 'export or download the model again'],
  ['version https://git-lfs.github.com/spec/v1\n', 'a pointer of Git LFS', 'git lfs pull'],
  ['PK\x03\x04...', 'a ZIP archive', 'pipeline init pytorch'],
  [`${'\x08\x00\x00\x00\x00\x00\x00\x00'}{"a":{}}`, 'a safetensors file', 'pipeline init pytorch'],
  ['<!DOCTYPE html>', 'a web page', 'download the file itself'],
  ['hello', 'it is not an ONNX model', 'torch.onnx.export'],
  ['\x08\x00', 'it is not an ONNX model', 'torch.onnx.export'],
])('names the format of a file with the text %o', (text, message, advice) => {
  const checked = check(text);
  expect(checked).toMatchObject({
    ok: false,
    error: {
      message: expect.stringContaining(message),
      advice: expect.stringContaining(advice),
    },
  });
});

it('reports a folder and a missing file', () => {
  const isFolder = checkOnnxFile(folder);
  expect(isFolder).toMatchObject({ ok: false, error: { message: 'it is a folder' } });
  const isMissing = checkOnnxFile(join(folder, 'none.onnx'));
  expect(isMissing).toMatchObject({
    ok: false,
    error: { message: expect.stringMatching(/^it can't be read: ENOENT/) },
  });
});
