import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stratifiedSplit } from '../../src/datasets/split.ts';
import { randomStream } from '../../src/linalg/random.ts';

const sizes = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 6 });

/** Labels of classes of these sizes, in mixed order. */
function labelsOf(counts: readonly number[], seed: number): Uint8Array {
  const sorted = counts.flatMap((count, label) => new Array<number>(count).fill(label));
  const order = randomStream(seed, 'labels').permutation(sorted.length);
  return Uint8Array.from(order, (index) => sorted[index]!);
}

describe('a stratified split', () => {
  it('takes the requested number, each class by its share, and leaves the rest', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.nat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (counts, seed, share) => {
          const labels = labelsOf(counts, seed);
          const count = Math.floor(share * labels.length);
          const { chosen, rest } = stratifiedSplit(labels, count, randomStream(seed, 'split'));
          expect(chosen.length).toBe(count);
          const all = [...chosen, ...rest].sort((a, b) => a - b);
          expect(all).toEqual([...labels.keys()]);
          expect([...chosen]).toEqual([...chosen].sort((a, b) => a - b));
          for (const [label, size] of counts.entries()) {
            const taken = chosen.filter((index) => labels[index] === label).length;
            expect(Math.abs(taken - (count * size) / Math.max(1, labels.length))).toBeLessThan(1);
            expect(taken).toBeLessThanOrEqual(size);
          }
        },
      ),
      { seed: 11, numRuns: 200 },
    );
  });

  it('is the same for the same seed, and differs for another', () => {
    const labels = labelsOf([40, 40], 1);
    const by = (seed: number) => stratifiedSplit(labels, 20, randomStream(seed, 'split')).chosen;
    expect(by(3)).toEqual(by(3));
    expect(by(3)).not.toEqual(by(4));
  });

  it('chooses all samples of a class equally often', () => {
    const labels = new Uint8Array(10);
    const times = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 2000; seed += 1) {
      for (const index of stratifiedSplit(labels, 3, randomStream(seed, 'split')).chosen) {
        times[index]! += 1;
      }
    }
    // 600 expected, standard deviation 20.5.
    for (const count of times) expect(Math.abs(count - 600)).toBeLessThan(90);
  });

  it('gives the rest to the largest remainders, then to the lower classes', () => {
    // 5 of 3 + 3 + 4: exact shares 1.5, 1.5, 2.
    const labels = Uint8Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2, 2);
    const { chosen } = stratifiedSplit(labels, 5, randomStream(0, 'split'));
    const taken = [0, 1, 2].map((label) => chosen.filter((i) => labels[i] === label).length);
    expect(taken).toEqual([2, 1, 2]);
  });

  it.each([-1, 11, 1.5, Number.NaN])('refuses a choice of %d out of 10', (count) => {
    const choose = () => stratifiedSplit(new Uint8Array(10), count, randomStream(0, 'split'));
    expect(choose).toThrow(RangeError);
  });
});
