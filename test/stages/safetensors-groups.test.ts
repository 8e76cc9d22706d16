/** Convolutions of safetensors, whose groups the user states. */
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { randomStream } from '../../src/linalg/random.ts';
import { encodedFloats } from '../../src/safetensors/stored-floats.ts';
import { openTensors } from '../../src/safetensors/tensor-set.ts';
import { writeTensors } from '../../src/safetensors/write-tensors.ts';
import { GROUPS, grouped, historyOf, IN, OUT } from './grouped.ts';
import { type Folder, json, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

it('a convolution of safetensors that only "groups" selects stays one', async () => {
  const folder = bench.folder();
  const random = randomStream(2, 'groups');
  const values = Float32Array.from({ length: 6 * 4 * 9 }, () => random.normal() / 4);
  const parts = [...encodedFloats(values, 'F32')];
  const tensor = { name: 'c.weight', dtype: 'F32', shape: [6, 4, 3, 3], bytes: values.byteLength };
  writeTensors(join(folder, 'net.safetensors'), [{ ...tensor, parts: () => parts }], {});
  const parameters = { groups: { c: 1 } };
  const taken = (await bench.run('model', { parameters, inputs: { model: folder } })).model!;
  const known = await bench.run('factorize', {
    parameters: { schemes: ['channel'] },
    inputs: { model: taken },
  });
  const inputs = { model: taken, factors: known.factors! };
  const asked = { method: 'svd', rank: 2, layers: 'all' };
  const { model: out } = await bench.run('decompose', { parameters: asked, inputs });
  expect(historyOf(out!).options).toEqual({ groups: { 'c.right': 1, 'c.left': 1 } });
  await expect(
    bench.run('decompose', { parameters: { ...asked, scheme: 'input' }, inputs }),
  ).rejects.toThrow('the layer c was not factorized by the scheme "input"');
  await expect(
    bench.run('decompose', { parameters: { ...asked, layers: 'dense' }, inputs }),
  ).rejects.toThrow('"layers" selects no layer of the model "net"');
});

it('safetensors keep the groups of the parts, and are compressed only once', async () => {
  const parts = [...encodedFloats(grouped, 'F32')];
  const tensor = { name: 'g.weight', dtype: 'F32', shape: [GROUPS * OUT, IN, 3, 3] };
  const source = bench.folder();
  writeTensors(
    join(source, 'net.safetensors'),
    [{ ...tensor, bytes: grouped.byteLength, parts: () => parts }],
    {},
  );
  const parameters = { groups: { g: GROUPS } };
  const taken = (await bench.run('model', { parameters, inputs: { model: source } })).model!;
  const compress = async (folder: Folder, asked: object) => {
    const known = await bench.run('factorize', {
      parameters: { schemes: ['spatial'] },
      inputs: { model: folder },
    });
    const inputs = { model: folder, factors: known.factors! };
    const given = { method: 'svd', scheme: 'spatial', layers: ['*'], ...asked };
    return (await bench.run('decompose', { parameters: given, inputs })).model!;
  };
  const once = await compress(taken, { rank: 4 });
  expect(historyOf(once).options).toMatchObject({ groups: { 'g.right': 3, 'g.left': 3 } });
  const shapes = (folder: Folder) =>
    [...openTensors(folder).tensors.values()].map(({ name, shape }) => [name, shape]);
  expect(shapes(once)).toEqual([
    ['g.right.weight', [12, 5, 3, 1]],
    ['g.left.weight', [12, 4, 1, 3]],
  ]);
  await expect(compress(once, { rank: 2 })).rejects.toThrow(
    '"net" is compressed already (SVD), and a PyTorch model can be compressed only once',
  );
  const { parts: described } = json<{ layers: { g: { parts: { groups: number }[] } } }>(
    once,
    'lowrank.json',
  ).layers.g;
  expect(described.map(({ groups }) => groups)).toEqual([3, 3]);
});
