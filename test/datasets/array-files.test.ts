/** A data set of arrays: from an .npz file to batches of a model. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { arrayRecord, arraySamples, writeArrays } from '../../src/datasets/array-files.ts';
import { readSampleArrays } from '../../src/datasets/formats/sample-arrays.ts';
import type { ModelInput } from '../../src/datasets/model-samples.ts';
import { npy } from './picture.ts';

const root = mkdtempSync(join(tmpdir(), 'arrays-'));
afterAll(() => rmSync(root, { recursive: true }));

const bytesOf = ({ buffer }: { readonly buffer: ArrayBufferLike }) => new Uint8Array(buffer);
const ids = BigInt64Array.from({ length: 12 }, (_, i) => BigInt(i * 2 ** 33));
const floats = Float32Array.from({ length: 6 }, (_, i) => i / 4);
const arrays = {
  'ids.npy': npy('<i8', [3, 2, 2], bytesOf(ids)),
  'x.npy': npy('<f4', [3, 2], bytesOf(floats)),
  'labels.npy': npy('<i8', [3, 1], bytesOf(BigInt64Array.of(0n, 999n, 7n))),
};
type Arrays = Readonly<Record<string, Uint8Array>>;

const read = (given: Arrays) => readSampleArrays('data.npz', zipSync(given));

async function written(given: Arrays): Promise<string> {
  const folder = mkdtempSync(join(root, 'set-'));
  writeArrays(folder, 'Sentences', await read(given));
  return folder;
}

function samplesIn(folder: string, declared: readonly ModelInput[]) {
  const record = arrayRecord(readFileSync(join(folder, 'dataset.json'), 'utf8'));
  return arraySamples(record, declared, (file) => join(folder, file));
}

const inputs: readonly ModelInput[] = [
  { name: 'x', type: 'float32', shape: ['N', 2] },
  { name: 'ids', type: 'int64', shape: ['N', 2, 'tokens'] },
];

describe('a data set of arrays', () => {
  it('gives the samples of each input by its name', async () => {
    const folder = await written(arrays);
    expect(readdirSync(folder).sort()).toEqual([
      'dataset.json',
      'input-0.npy',
      'input-1.npy',
      'labels.npy',
    ]);
    const samples = samplesIn(folder, inputs);
    expect(samples).toMatchObject({ count: 3, classes: null });
    expect(samples.labels).toEqual(Uint16Array.of(0, 999, 7));
    const [x, tokens] = samples.inputs;
    expect(samples.read(x!, 1, 2)).toEqual(floats.slice(2));
    expect(samples.read(tokens!, 0, 1)).toEqual(ids.slice(0, 4));
    expect(samples.read(tokens!, 2, 1)).toEqual(ids.slice(8));
  });

  it('needs no labels, and no name if there is one array for one input', async () => {
    const folder = await written({ 'anything.npy': arrays['x.npy'] });
    const samples = samplesIn(folder, inputs.slice(0, 1));
    expect(samples.labels).toBeNull();
    expect(samples.read(samples.inputs[0]!, 0, 3)).toEqual(floats);
  });

  it('keeps half-precision floats as their bits', async () => {
    const bits = Uint16Array.of(0x3c00, 0xc000);
    const folder = await written({ 'x.npy': npy('<f2', [1, 2], bytesOf(bits)) });
    const samples = samplesIn(folder, [{ ...inputs[0]!, type: 'float16' }]);
    expect(samples.read(samples.inputs[0]!, 0, 1)).toEqual(bits);
  });

  it.each<[Arrays, string]>([
    [{}, 'data.npz has no arrays for the inputs of a model'],
    [{ 'labels.npy': arrays['labels.npy'] }, 'data.npz has no arrays for the inputs of a model'],
    [
      { ...arrays, 'x.npy': npy('<f4', [2, 3], bytesOf(floats)) },
      'data.npz: ids has 3 samples, but x has 2',
    ],
    [
      { ...arrays, 'labels.npy': npy('|u1', [2], Uint8Array.of(0, 1)) },
      'data.npz has 3 samples, but 2 labels',
    ],
    [
      { ...arrays, 'labels.npy': npy('<f4', [3], new Uint8Array(12)) },
      'data.npz: labels has elements of f4, not integers',
    ],
    [
      { 'x.npy': npy('<U4', [1], new Uint8Array(16)) },
      'data.npz: x has elements of U4, which no model takes',
    ],
    [{ 'x.npy': npy('>f4', [3, 2], bytesOf(floats)) }, 'data.npz: x is big-endian'],
    [{ 'x.npy': npy('<f4', [3, 2], bytesOf(floats), true) }, 'data.npz: x is in Fortran order'],
    [{ 'x.npy': npy('<f4', [], new Uint8Array(4)) }, 'data.npz: x is a single number'],
    [
      { 'x.npy': npy('<f4', [3, 3], bytesOf(floats)) },
      'data.npz: x has 24 bytes of elements, not 36 (3 x 3)',
    ],
    [{ 'x.npy': npy('<f4', [0, 3], new Uint8Array()) }, 'data.npz has no samples'],
  ])('is refused: %#', async (given, message) => {
    await expect(read(given)).rejects.toMatchObject({ name: 'UnfitData', message });
  });

  it.each<[Partial<ModelInput>, string]>([
    [
      { name: 'mask' },
      'the input "mask" of the model has no array in Sentences, which has ids, x | name each array like its input',
    ],
    [
      { type: 'float64' },
      'the input "x" of the model holds float64, but the array x of Sentences holds float32 | convert it with .astype(np.float64)',
    ],
    [
      { shape: ['N', 3] },
      'the input "x" of the model is N x 3, but a sample of x in Sentences is 2 | the first axis of an array is the sample: reshape or transpose the others',
    ],
  ])('does not fit a model: %#', async (changed, said) => {
    const folder = await written(arrays);
    const [message, advice] = said.split(' | ');
    expect(() => samplesIn(folder, [{ ...inputs[0]!, ...changed }, inputs[1]!])).toThrow(
      expect.objectContaining({ name: 'UnfitData', message, advice }),
    );
  });

  it('reports a file that ends too early', async () => {
    const folder = await written(arrays);
    const samples = samplesIn(folder, inputs);
    truncateSync(join(folder, 'input-1.npy'), 130);
    expect(() => samples.read(samples.inputs[0]!, 0, 3)).toThrow('ends too early');
  });
});
