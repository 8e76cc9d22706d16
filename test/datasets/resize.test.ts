import { describe, expect, it } from 'vitest';
import { bilinearResizer } from '../../src/datasets/resize.ts';

describe('bilinearResizer', () => {
  it('gives the values of torch for 2 x 2 -> 4 x 4', () => {
    // torch.nn.functional.interpolate(tensor([[[[0., 4.], [8., 12.]]]]), size=4, mode='bilinear')
    expect(resized([0, 4, 8, 12], 2, 4)).toEqual([
      0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12,
    ]);
  });

  it('gives the values of torch if the ratio is not an integer', () => {
    // Positions (i + 0.5) * 3 / 4 - 0.5 = -0.125 (clamped to 0), 0.625, 1.375, 2.125 (clamped to 2).
    const row = resized([0, 8, 16, 0, 8, 16, 0, 8, 16], 3, 4).slice(0, 4);
    expect(row).toEqual([0, 5, 11, 16]);
  });

  it('keeps a linear ramp linear inside, and a constant constant', () => {
    const ramp = Array.from({ length: 28 * 28 }, (_, i) => i % 28);
    const out = resized(ramp, 28, 32);
    for (let x = 1; x < 31; x += 1) {
      expect(out[5 * 32 + x]).toBeCloseTo(((x + 0.5) * 28) / 32 - 0.5, 5);
    }
    expect(new Set(resized(new Array(28 * 28).fill(0.3), 28, 32))).toEqual(
      new Set([Math.fround(0.3)]),
    );
  });

  it('does not mix channels, nor rows and columns', () => {
    const resize = bilinearResizer({ height: 1, width: 2 }, { height: 2, width: 4 }, 2);
    const out = new Float32Array(17).fill(-1);
    resize([99, 0, 100, 4, 200], 1, out, 1);
    const row = [0, 100, 1, 125, 3, 175, 4, 200];
    expect([...out]).toEqual([-1, ...row, ...row]);
  });

  it('refuses to shrink', () => {
    expect(() => resized([1, 2, 3, 4], 2, 1)).toThrow('only enlarging');
  });
});

function resized(pixels: readonly number[], from: number, to: number): number[] {
  const out = new Float32Array(to * to);
  bilinearResizer({ height: from, width: from }, { height: to, width: to }, 1)(pixels, 0, out, 0);
  return [...out];
}
