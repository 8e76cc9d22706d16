/** External data of a written model: what is copied, what is left out, and what is new. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { constantLayers } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { replaced, type Tensor, two } from './replaced.ts';
import { type SmallModel, values } from './small-models.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-'));
  mkdirSync(join(folder, 'out'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const externally = (offset: number, length: number, location = 'all.bin'): object => ({
  externalData: Object.entries({ location, offset, length }).map(([key, value]) => ({
    ...{ key, value: String(value) },
  })),
  dataLocation: 1,
});

/** `two` with its weights in a file, in reverse order. */
const outside: SmallModel = {
  ...two,
  constants: {
    u: { shape: [4, 6], type: 1, fields: externally(80, 96) },
    w: { shape: [6, 3], type: 1, fields: externally(8, 72) },
    unused: { shape: [2], type: 1, fields: externally(0, 8) },
  },
};
const data = values(44);
const bytesOf = (floats: Float32Array) =>
  Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);

function placeOf({ externalData = [] }: Tensor) {
  return Object.fromEntries(externalData.map(({ key, value }) => [key, value]));
}

test('external data that is used is copied, without that of weights that are left out', () => {
  writeFileSync(join(folder, 'all.bin'), bytesOf(data));
  const { graph, files } = replaced(folder, outside, ['last']);
  expect(files).toEqual(['all.bin', 'model.onnx']);
  const written = readFileSync(join(folder, 'out', 'all.bin'));
  for (const [name, old] of [
    ['u', data.subarray(20, 44)],
    ['unused', data.subarray(0, 2)],
  ] as const) {
    const { location, offset, length } = placeOf(
      graph.initializer.find((one: Tensor) => one.name === name),
    );
    expect([location, Number(length)]).toEqual(['all.bin', old.byteLength]);
    const [from, to] = [Number(offset), Number(offset) + old.byteLength];
    expect(written.subarray(from, to).equals(bytesOf(old))).toBe(true);
  }
  expect(written.length).toBeLessThan(2 * 4096);
});

test('a file of external data that is used whole is copied whole, and one that is not used is not', () => {
  writeFileSync(join(folder, 'all.bin'), bytesOf(data));
  expect(replaced(folder, outside, []).files).toEqual(['all.bin', 'model.onnx']);
  expect(readFileSync(join(folder, 'out', 'all.bin')).equals(bytesOf(data))).toBe(true);
  rmSync(join(folder, 'out'), { recursive: true });
  mkdirSync(join(folder, 'out'));
  const { unused, ...constants } = outside.constants!;
  expect(unused).toBeDefined();
  expect(replaced(folder, { ...outside, constants }).files).toEqual(['model.onnx']);
});

test('new weights are outside if the file would be too large', () => {
  const { graph, files } = replaced(folder, two, ['last'], 400);
  expect(files).toEqual(['model.onnx', 'model.onnx.data']);
  const [right, left] = graph.initializer.slice(-2) as [Tensor, Tensor];
  expect([placeOf(right), placeOf(left)]).toEqual([
    { location: 'model.onnx.data', offset: '0', length: '72' },
    { location: 'model.onnx.data', offset: '4096', length: '36' },
  ]);
  const file = openOnnx(join(folder, 'out', 'model.onnx'));
  const outsideWeights = constantLayers(file).layers.map((layer) => layer.read());
  file.close();
  expect(outsideWeights).toEqual(weightsInside());
});

test('new weights do not overwrite data that stays', () => {
  writeFileSync(join(folder, 'model.onnx.data'), bytesOf(data));
  const fields = externally(80, 96, './model.onnx.data');
  const constants = { ...two.constants, u: { shape: [4, 6], type: 1, fields } };
  const { graph, files } = replaced(folder, { ...two, constants }, ['last'], 400);
  expect(files).toEqual(['model.onnx', 'model.onnx.2.data', 'model.onnx.data']);
  expect(placeOf(graph.initializer.at(-1)).location).toBe('model.onnx.2.data');
  const file = openOnnx(join(folder, 'out', 'model.onnx'));
  const first = constantLayers(file).layers[0]!.read();
  file.close();
  expect([...first].sort()).toEqual([...data.subarray(20, 44)].sort());
});

/** The weights of `two` with its last layer replaced, in one file. */
function weightsInside(): readonly Float32Array[] {
  rmSync(join(folder, 'out'), { recursive: true });
  mkdirSync(join(folder, 'out'));
  replaced(folder, two, ['last']);
  const file = openOnnx(join(folder, 'out', 'model.onnx'));
  const read = constantLayers(file).layers.map((layer) => layer.read());
  file.close();
  return read;
}
