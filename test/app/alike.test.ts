import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { numbersWithin } from '../../src/app/alike.ts';
import { writeSafetensors } from '../../src/safetensors/safetensors.ts';

const folder = await mkdtemp(join(tmpdir(), 'alike-'));

async function texts(path: string, a: string, b: string, share = 1e-3): Promise<boolean> {
  await writeFile(join(folder, 'a'), a);
  await writeFile(join(folder, 'b'), b);
  return numbersWithin(share)(path, join(folder, 'a'), join(folder, 'b'));
}

async function arrays(a: readonly number[], b: readonly number[], name = 'w'): Promise<boolean> {
  const write = (path: string, values: readonly number[], tensor: string) =>
    writeSafetensors(join(folder, path), {
      tensors: new Map([[tensor, { shape: [values.length], data: Float32Array.from(values) }]]),
      metadata: {},
    });
  await write('a', a, 'w');
  await write('b', b, name);
  return numbersWithin(1e-3)('x.safetensors', join(folder, 'a'), join(folder, 'b'));
}

it('compares words exactly, and numbers relative to the largest', async () => {
  expect(await texts('a.json', '{"x": 1e3, "y": -0.5}', '{"x": 1000.4, "y": -0.1}')).toBe(true);
  expect(await texts('a.json', '{"x": 1e3, "y": -0.5}', '{"x": 1001.4, "y": -0.5}')).toBe(false);
  expect(await texts('a.json', '{"x": 1}', '{"y": 1}')).toBe(false);
  expect(await texts('a.csv', '1,2', '1,2,3')).toBe(false);
});

it('compares arrays by name, shape and number', async () => {
  expect(await arrays([1, 2, 0], [1.001, 2, 0.001])).toBe(true);
  expect(await arrays([1, 2, 0], [1.01, 2, 0])).toBe(false);
  expect(await arrays([1, 2], [1, 2, 0])).toBe(false);
  expect(await arrays([1, 2], [1, 2], 'v')).toBe(false);
  expect(await arrays([1, Number.NaN], [1, Number.NaN])).toBe(true);
  expect(await arrays([1, Number.NaN], [1, 0])).toBe(false);
});

it('does not measure differences by an infinite number', async () => {
  const infinite = Number.POSITIVE_INFINITY;
  expect(await arrays([1, infinite], [1.0005, infinite])).toBe(true);
  expect(await arrays([1, infinite], [2, infinite])).toBe(false);
  expect(await arrays([1, infinite], [1, 5])).toBe(false);
  expect(await arrays([1, infinite], [1, -infinite])).toBe(false);
});

it('finds other files different', async () => {
  expect(await texts('a.png', 'same', 'same')).toBe(false);
});
