import { expect, test } from 'vitest';
import { toBrain, toHalf } from '../../src/base/narrow-floats.ts';
import { dtypeNamed } from '../../src/safetensors/dtypes.ts';

/** All finite values of a type, in the order of their bits. */
function valuesOf(dtype: string): number[] {
  const bits = Uint16Array.from({ length: 0x8000 }, (_, i) => i);
  return [...dtypeNamed(dtype)!.read!(bits.buffer, bits.length)].filter(Number.isFinite);
}

test.each([
  ['F16', toHalf],
  ['BF16', toBrain],
] as const)(
  '%s: every value is kept, and others are rounded to the nearest, ties to even',
  (dtype, round) => {
    const values = valuesOf(dtype);
    const bits = values.map((_, i) => i);
    expect([...round(Float32Array.from(values))]).toEqual(bits);
    const negative = Float32Array.from(values, (value) => -value);
    expect([...round(negative)]).toEqual(bits.map((one) => one | 0x8000));
    const middles = Float32Array.from(values.slice(1), (value, i) => (value + values[i]!) / 2);
    expect([...round(middles)]).toEqual(bits.slice(1).map((one) => one - (one % 2)));
    const unit = new Int32Array(middles.buffer);
    for (const [step, shift] of [
      [1, 0],
      [-2, 1],
    ] as const) {
      for (let i = 0; i < unit.length; i++) unit[i]! += step;
      expect([...round(middles)]).toEqual(bits.slice(1).map((one) => one - shift));
    }
  },
);

test('infinities, overflow and NaN', () => {
  const values = Float32Array.of(Infinity, -Infinity, 3.4028234663852886e38, 65520, 65519, NaN);
  expect([...toHalf(values)]).toEqual([0x7c00, 0xfc00, 0x7c00, 0x7c00, 0x7bff, 0x7e00]);
  expect([...toBrain(values.subarray(0, 3))]).toEqual([0x7f80, 0xff80, 0x7f80]);
  const odd = new Float32Array(Uint32Array.of(0x7f800001, 0xffffffff).buffer);
  for (const bits of [...toBrain(odd), ...toHalf(odd)])
    expect(bits & 0x7fff).toBeGreaterThan(0x7c00);
  expect(toBrain(odd)[0]! & 0x7f).not.toBe(0);
});
