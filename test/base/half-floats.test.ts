/** Both formats are read exactly, and written with the nearest value, ties to even. */
import { describe, expect, test } from 'vitest';
import { BF16, F16 } from '../../src/base/half-floats.ts';

const every = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits);

describe.each([
  ['F16', F16, 0x7c00],
  ['BF16', BF16, 0x7f80],
] as const)('%s', (_, format, infinity) => {
  const floats = format.toFloats(every);
  const isNumber = (bits: number) => (bits & 0x7fff) <= infinity;

  test('every value is kept', () => {
    const again = format.fromFloats(floats);
    const changed = every.filter((bits) => isNumber(bits) && again[bits] !== bits);
    expect(Array.from(changed)).toEqual([]);
    expect(every.every((bits) => isNumber(bits) === !Number.isNaN(floats[bits]!))).toBe(true);
    const written = format.fromFloats(Float32Array.of(Number.NaN));
    expect(format.toFloats(written)[0]).toBeNaN();
  });

  test('a midpoint goes to the even neighbor, and what is beside it to the nearer one', () => {
    // Positive finite neighbors. Their midpoint is a 32-bit float.
    for (let low = 0; low < infinity - 1; low++) {
      const [a, b] = [floats[low]!, floats[low + 1]!];
      const middle = (a + b) / 2;
      const bits = new Uint32Array(Float32Array.of(middle).buffer)[0]!;
      const beside = new Float32Array(Uint32Array.of(bits - 1, bits, bits + 1).buffer);
      const expected = [low, low + (low & 1), low + 1];
      const found = format.fromFloats(beside);
      if (found.join() !== expected.join()) expect([low, ...found]).toEqual([low, ...expected]);
      const negative = format.fromFloats(beside.map((value) => -value));
      const signed = expected.map((one) => one | 0x8000);
      if (negative.join() !== signed.join()) expect([low, ...negative]).toEqual([low, ...signed]);
    }
  });

  test('a value beyond the largest becomes infinite from the midpoint to the next power on', () => {
    const [largest, before] = [floats[infinity - 1]!, floats[infinity - 2]!];
    const middle = largest + (largest - before) / 2;
    const written = format.fromFloats(Float32Array.of(middle * (1 - 2 ** -23), middle));
    expect(Array.from(written)).toEqual([infinity - 1, infinity]);
  });
});
