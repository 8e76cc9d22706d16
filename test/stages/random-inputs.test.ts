import { describe, expect, it } from 'vitest';
import { F16 } from '../../src/base/half-floats.ts';
import { npyHeader } from '../../src/datasets/formats/npy-header.ts';
import { npyBytes } from '../../src/datasets/formats/write-npy.ts';
import { randomArrays } from '../../src/stages/shared/foreign/random-arrays.ts';

const options = { count: 100, seed: 0, extents: { length: 5 }, largest: 3 };
const input = (type: string | undefined, shape: readonly (number | string)[] | undefined) => [
  { name: 'x', type, shape },
];

function elementsOf(npy: Uint8Array): Uint8Array {
  return npy.slice(npyHeader('x', npy).start);
}

describe('random inputs of a model', () => {
  it('are normal floats of the shape of the input', () => {
    const arrays = randomArrays(input('F32', ['N', 3, 'length']), options);
    expect(arrays).toMatchObject({ count: 100, labels: null });
    const [x] = arrays.inputs;
    expect(x).toMatchObject({ name: 'x', type: 'float32', shape: [3, 5] });
    expect(npyHeader('x', x!.npy)).toMatchObject({ kind: 'f4', shape: [100, 3, 5] });
    const values = new Float32Array(elementsOf(x!.npy).buffer);
    expect(values).toHaveLength(1500);
    const mean = values.reduce((sum, value) => sum + value, 0) / 1500;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / 1500;
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.abs(variance - 1)).toBeLessThan(0.15);
  });

  it('are the same for the same seed, and differ between inputs and seeds', () => {
    const two = [...input('F32', [1, 4]), { name: 'y', type: 'F32', shape: [1, 4] }];
    const { inputs } = randomArrays(two, options);
    expect(randomArrays(two, options).inputs).toEqual(inputs);
    expect(inputs[0]!.npy).not.toEqual(inputs[1]!.npy);
    expect(randomArrays(two, { ...options, seed: 1 }).inputs[0]!.npy).not.toEqual(inputs[0]!.npy);
  });

  it.each([
    ['I64', 'i8', (bytes: Uint8Array) => [...new BigInt64Array(bytes.buffer)].map(Number)],
    ['U8', 'u1', (bytes: Uint8Array) => [...bytes]],
  ] as const)('are integers up to a limit: %s', (type, kind, read) => {
    const [x] = randomArrays(input(type, ['N']), options).inputs;
    expect(npyHeader('x', x!.npy)).toMatchObject({ kind, shape: [100] });
    expect([...new Set(read(elementsOf(x!.npy)))].sort()).toEqual([0, 1, 2, 3]);
  });

  it('are truth values and half floats', () => {
    const [truth] = randomArrays(input('BOOL', ['N']), options).inputs;
    expect([...new Set(elementsOf(truth!.npy))].sort()).toEqual([0, 1]);
    const [half] = randomArrays(input('F16', ['N', 8]), options).inputs;
    const bits = new Uint16Array(elementsOf(half!.npy).buffer);
    expect(Math.max(...F16.toFloats(bits))).toBeGreaterThan(2);
  });

  it.each([
    [input('F32', ['N', 'width']), 'leaves axis 1 of its input "x" open', '{ "width": 16 }'],
    [input('F32', ['N', '']), 'leaves axis 1', '{ "x.1": 16 }'],
    [input('F32', []), 'has no axis for samples', 'arrays'],
    [input('STRING', ['N']), 'no random values for the input "x" (STRING)', 'arrays'],
    [input('F32', ['N', 2 ** 30]), '100 samples of the input "x" are too many', 'count'],
  ])('are refused for the input %o', (inputs, message, advice) => {
    expect(() => randomArrays(inputs, options)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        advice: expect.stringContaining(advice),
      }),
    );
  });
});

it('begins the elements of a NumPy array at a multiple of 64 bytes', () => {
  for (const shape of [[2], [1, 2], [2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]]) {
    const bytes = npyBytes('int32', shape, Int32Array.of(1, -2));
    const { start, ...header } = npyHeader('x', bytes);
    expect(start % 64).toBe(0);
    expect(header).toMatchObject({ kind: 'i4', shape });
    expect([...new Int32Array(bytes.slice(start).buffer)]).toEqual([1, -2]);
  }
});
