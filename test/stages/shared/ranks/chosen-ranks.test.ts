import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { factorizeLayer } from '../../../../src/linalg/factors.ts';
import { methodNamed } from '../../../../src/linalg/methods/index.ts';
import { factoredParameters } from '../../../../src/linalg/rank.ts';
import {
  chosenRanks,
  largestRate,
  type SizedLayer,
} from '../../../../src/stages/shared/ranks/chosen-ranks.ts';
import { gaussian, withSpectrum } from '../../../linalg/test-matrices.ts';

const uniform = {
  rate: null,
  rank: null,
  energy: null,
  allocation: 'uniform',
  form: null,
} as const;
const unread = () => {
  throw new Error('singular values were read');
};

/** A head of 25088 -> 4096 -> 4096 -> 10. */
const head: readonly SizedLayer[] = [
  { name: 'a', kind: 'dense', rows: 4096, cols: 25088, last: false },
  { name: 'b', kind: 'dense', rows: 4096, cols: 4096, last: false },
  { name: 'c', kind: 'dense', rows: 10, cols: 4096, last: true },
];

const published = readFileSync(
  new URL('../../../linalg/published-parameter-counts.csv', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','));

function classifierAt(rate: number, method: 'svd-published' | 'cur-published'): number {
  const ranks = chosenRanks(head, { ...uniform, rate }, methodNamed(method), unread);
  return head.reduce((sum, { name, rows, cols }) => {
    const rank = ranks.get(name);
    return sum + rows + (rank === undefined ? rows * cols : factoredParameters(rows, cols, rank));
  }, 0);
}

describe.each(['svd', 'cur'] as const)('the published %s', (family) => {
  it('has the published number of parameters at every rate', () => {
    const rows = published.filter(([name]) => name === family);
    expect(rows).toHaveLength(family === 'svd' ? 41 : 99);
    for (const [, rate, count] of rows) {
      expect(classifierAt(Number(rate), `${family}-published`)).toBe(Number(count));
    }
  });
});

describe('ranks', () => {
  const svd = methodNamed('svd');

  it('leave a layer unchanged instead of making it larger, and never change the last one', () => {
    const at = (rate: number) => chosenRanks(head, { ...uniform, rate }, svd, unread);
    expect(at(1)).toEqual(new Map());
    expect([...at(25).keys()]).toEqual(['a', 'b']);
    expect([...at(largestRate(head, null)).values()]).toEqual([1, 1]);
  });

  it.each(['cur-three', 'interpolative'])('make no layer larger with the form %s', (form) => {
    const square = [{ name: 'a', kind: 'dense', rows: 64, cols: 64, last: false }] as const;
    const at = (rate: number) => chosenRanks(square, { ...uniform, rate, form }, svd, unread);
    expect(at(1)).toEqual(new Map());
    expect(at(4).get('a')).toBe(form === 'cur-three' ? 8 : 9);
  });

  it.each(['svd', 'svd-published', 'cur-three', 'interpolative'])(
    'are refused by %s if no layer can have the rate',
    (name) => {
      const method = methodNamed(name === 'svd-published' ? name : 'svd');
      const form = name.startsWith('svd') ? null : name;
      const at = (rate: number) => chosenRanks(head, { ...uniform, rate, form }, method, unread);
      const most = largestRate(head.slice(0, 2), form);
      expect(at(most).get('a')).toBe(1);
      expect(() => at(1e9)).toThrow('no layer can have a rate of 1000000000');
      expect(() => at(most * 1.01)).toThrow(`a rate of only ${Math.floor(10 * most) / 10}`);
    },
  );

  it('count the identity of an interpolation with a convolution, which stores it', () => {
    const layers = ['dense', 'convolution'] as const;
    for (const rate of [1, 1.05, 1.5, 2, 4]) {
      for (const kind of layers) {
        const layer = { name: 'a', kind, rows: 64, cols: 288, last: false };
        const asked = { ...uniform, rate, form: 'interpolative' };
        const rank = chosenRanks([layer], asked, svd, unread).get('a');
        if (rank === undefined) continue;
        const stored = rank * (64 + 288 - (kind === 'dense' ? rank : 0));
        expect(stored).toBeLessThan(64 * 288);
        expect((64 * 288) / stored / rate).toBeGreaterThan(0.9);
      }
    }
  });

  it('are those requested by number, up to the rank of the layer', () => {
    const asked = { ...uniform, rank: 5000 };
    expect(chosenRanks(head, asked, svd, unread)).toEqual(
      new Map([
        ['a', 4096],
        ['b', 4096],
      ]),
    );
  });

  const steep = withSpectrum(
    20,
    40,
    Float64Array.from({ length: 20 }, (_, i) => 0.5 ** i),
    1,
  );
  const spectra = { steep: factorizeLayer(steep), flat: factorizeLayer(gaussian(20, 40, 3)) };
  const two: readonly SizedLayer[] = ['steep', 'flat'].map((name) => ({
    name,
    kind: 'dense',
    rows: 20,
    cols: 40,
    last: false,
  }));
  const spectrumOf = ({ name }: { readonly name: string }) => spectra[name as keyof typeof spectra];

  it('keep the requested share of the energy', () => {
    const ranks = chosenRanks(two, { ...uniform, energy: 0.9 }, svd, spectrumOf);
    // 1 + 1/4 = 1.25 of 4/3.
    expect(ranks.get('steep')).toBe(2);
    expect(ranks.get('flat') ?? 20).toBeGreaterThan(8);
  });
});
