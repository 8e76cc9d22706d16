import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/linalg/random.ts';
import { drawDistinct, takeLargest } from '../../../src/linalg/selection/distinct.ts';
import { chiSquareExcess } from '../test-matrices.ts';

describe('drawDistinct', () => {
  it('draws pairs with the probabilities of successive sampling', () => {
    const w = Float64Array.of(1, 2, 3, 4);
    const random = randomStream(3, 'pairs');
    const draws = 20_000;
    const counts = new Map<string, number>();
    for (let t = 0; t < draws; t++) {
      const pair = drawDistinct(w, 2, random).join();
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    let chiSquare = 0;
    for (let i = 0; i < 4; i++) {
      for (let j = i + 1; j < 4; j++) {
        const p = ((w[i]! * w[j]!) / 10) * (1 / (10 - w[i]!) + 1 / (10 - w[j]!));
        chiSquare += ((counts.get(`${i},${j}`) ?? 0) - draws * p) ** 2 / (draws * p);
      }
    }
    expect(chiSquareExcess(chiSquare, 5)).toBeLessThan(4);
  });

  it('draws positive weights before zeros, even denormal ones, and then the lowest indices', () => {
    const random = randomStream(1, 'edge');
    const w = Float64Array.of(0, 5e-324, 0, 1, 0);
    for (let t = 0; t < 20; t++) expect([...drawDistinct(w, 3, random)]).toEqual([0, 1, 3]);
    expect([...drawDistinct(new Float64Array(3), 0, random)]).toEqual([0]);
    expect([...drawDistinct(w, 99, random)]).toEqual([0, 1, 2, 3, 4]);
  });
});

it('takeLargest breaks ties by the lowest index', () => {
  expect([...takeLargest(Float64Array.of(1, 3, 3, 0, 3), 2)]).toEqual([1, 2]);
});
