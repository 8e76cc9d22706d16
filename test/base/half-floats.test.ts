import { expect, test } from 'vitest';
import { asStored, BF16, F16, fitsIn, type HalfFormat } from '../../src/base/half-floats.ts';

/** All finite values of a format, in the order of their bits. */
function valuesOf({ toFloats }: HalfFormat): number[] {
  return [...toFloats(Uint16Array.from({ length: 0x8000 }, (_, i) => i))].filter(Number.isFinite);
}

test.each([
  ['F16', F16],
  ['BF16', BF16],
] as const)(
  '%s: every value is kept, and others are rounded to the nearest, ties to even',
  (_, format) => {
    const round = format.fromFloats;
    const values = valuesOf(format);
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
  expect([...F16.fromFloats(values)]).toEqual([0x7c00, 0xfc00, 0x7c00, 0x7c00, 0x7bff, 0x7e00]);
  expect([...BF16.fromFloats(values.subarray(0, 3))]).toEqual([0x7f80, 0xff80, 0x7f80]);
  const odd = new Float32Array(Uint32Array.of(0x7f800001, 0xffffffff).buffer);
  for (const bits of [...BF16.fromFloats(odd), ...F16.fromFloats(odd)])
    expect(bits & 0x7fff).toBeGreaterThan(0x7c00);
  expect(BF16.fromFloats(odd)[0]! & 0x7f).not.toBe(0);
});

test('F16 has the values of IEEE 754', () => {
  // 1, -2, the smallest normal and the smallest number, the largest, and pi to 10 bits.
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x0400, 0x0001, 0x7bff, 0x4248, 0x8000, 0xfc00);
  const values = [1, -2, 2 ** -14, 2 ** -24, 65504, 3.140625, -0, -Infinity];
  expect([...F16.toFloats(bits)]).toEqual(values);
  expect(F16.toFloats(Uint16Array.of(0x7c01, 0xfe00))).toEqual(Float32Array.of(NaN, NaN));
  expect([...F16.fromFloats(Float32Array.of(2 ** -25 * 1.01, 2 ** -26))]).toEqual([1, 0]);
});

test('what fits in a format is finite after it is stored', () => {
  for (const [type, format] of [
    ['F16', F16],
    ['BF16', BF16],
  ] as const) {
    const largest = valuesOf(format).at(-1)!;
    const step = largest - valuesOf(format).at(-2)!;
    const within = Float32Array.of(0, -largest - step * 0.499, largest);
    const beyond = Float32Array.of(largest + step / 2);
    expect([fitsIn(within, type), fitsIn(beyond, type)]).toEqual([true, false]);
    expect([...asStored(within, type)]).toEqual([0, -largest, largest]);
    expect([...asStored(beyond, type)]).toEqual([Infinity]);
  }
  expect([1, NaN, Infinity].map((one) => fitsIn(Float32Array.of(one), 'F32'))).toEqual([
    true,
    false,
    false,
  ]);
});
