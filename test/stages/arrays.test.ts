/** The stage type `arrays`. */
import { zipSync } from 'fflate';
import { afterAll, expect, it } from 'vitest';
import { npy, writeFiles } from '../datasets/picture.ts';
import { filesIn, json, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const make = (files: Readonly<Record<string, Uint8Array>>) =>
  bench.run('arrays', {
    parameters: { title: 'Sentences' },
    inputs: { arrays: writeFiles(bench.folder(), files) },
  });

it('makes a data set of the arrays of an .npz file', async () => {
  const arrays = {
    'ids.npy': npy('<i4', [2, 3], new Uint8Array(24)),
    'labels.npy': npy('|u1', [2], Uint8Array.of(1, 0)),
  };
  const { data } = await make({ 'sentences.npz': zipSync(arrays) });
  expect(filesIn(data!)).toEqual(['dataset.json', 'input-0.npy', 'labels.npy']);
  expect(json(data!, 'dataset.json')).toEqual({
    form: 'arrays',
    title: 'Sentences',
    count: 2,
    inputs: [{ name: 'ids', file: 'input-0.npy', type: 'int32', shape: [3] }],
    labels: 'labels.npy',
  });
  expect(bench.log.at(-1)).toBe('Sentences: 2 samples with labels: ids (int32 3)');
});

it('lists arrays with one number for each sample', async () => {
  await make({ 'x.npz': zipSync({ 'ids.npy': npy('<i4', [2], new Uint8Array(8)) }) });
  expect(bench.log.at(-1)).toBe('Sentences: 2 samples without labels: ids (int32)');
});

it('refuses other files', async () => {
  await expect(
    make({ 'a.npy': Uint8Array.of(1), 'b.npy': Uint8Array.of(2) }),
  ).rejects.toMatchObject({
    message: 'the input is not one .npz file: a.npy, b.npy',
    advice: 'save the arrays with np.savez_compressed',
  });
});
