/** The guarantees of the forms of a CUR, for every method that has them. */
import { describe, expect, it } from 'vitest';
import { cxBound } from '../../../src/linalg/cx-bound.ts';
import { optimalError } from '../../../src/linalg/errors.ts';
import { factorizeLayer } from '../../../src/linalg/factors.ts';
import { type Matrix, takeColumns, takeRows, transpose } from '../../../src/linalg/matrix.ts';
import type {
  Factorization,
  LayerToCompress,
} from '../../../src/linalg/methods/compression-method.ts';
import { compressionMethods } from '../../../src/linalg/methods/index.ts';
import type { Form } from '../../../src/linalg/methods/names.ts';
import { multiply } from '../../../src/linalg/multiply.ts';
import { randomStream } from '../../../src/linalg/random.ts';
import { scaleColumns } from '../../../src/linalg/scale.ts';
import { layerStatistics } from '../../../src/linalg/statistics.ts';
import { frobenius, gaussian, subtract, threeSpectra } from '../test-matrices.ts';

const K = 12;
const SLACK = 1 + 1e-6;

function layerOf(a: Matrix): LayerToCompress {
  const statistics = layerStatistics(a, gaussian(50, a.cols, 5));
  return { weight: () => a, factors: factorizeLayer(a), statistics };
}

function product({ left, core, right }: Factorization): Matrix {
  return multiply(core ? multiply(left, core) : left, right);
}

const errorOf = (a: Matrix, factorization: Factorization) =>
  frobenius(subtract(a, product(factorization)));

/** Three spectra, each with a wide, a tall and a square matrix. */
const matrices = [
  ...threeSpectra(50, 120),
  ...threeSpectra(50, 120).map(({ name, a }) => ({ name: `${name}, tall`, a: transpose(a) })),
  ...threeSpectra(60, 60).map(({ name, a }) => ({ name: `${name}, square`, a })),
].map(({ name, a }) => ({ name, a, layer: layerOf(a) }));

const curs = compressionMethods.filter(({ family }) => family === 'cur');
const having = (...forms: Form[]) =>
  curs.filter((method) => forms.every((form) => method.forms.includes(form)));

describe.each(having('columns'))('$name, by columns', ({ name, compress, random }) => {
  it.each(matrices)('stays below the bound of its columns: $name', ({ a, layer }) => {
    const norm = frobenius(a);
    for (let seed = 0; seed < (random ? 3 : 1); seed++) {
      const found = compress(layer, K, randomStream(seed), { form: 'columns' });
      const bound = cxBound(layer.factors, found.columns!);
      const error = errorOf(a, found);
      if (bound !== null) expect(error).toBeLessThanOrEqual(bound * norm * SLACK);
      const distinct = new Set(found.columns).size;
      expect(error * SLACK).toBeGreaterThanOrEqual(optimalError(layer.factors, distinct));
      expect(error).toBeLessThanOrEqual(norm * SLACK);
    }
  });

  it('is exact at the rank of the matrix', () => {
    const a = multiply(gaussian(40, 6, 1), gaussian(6, 70, 2));
    // Columns that were drawn twice may span less.
    const rank = random ? 30 : 6;
    const found = compress(layerOf(a), rank, randomStream(4), { form: 'columns' });
    // Its pseudoinverse is rounded to float32, like the published one.
    const rounding = name === 'cur-published' ? 1e-2 : 1e-9;
    expect(errorOf(a, found)).toBeLessThan(rounding * frobenius(a));
  });
});

describe.each(having('columns', 'rows', 'cur', 'cur-three', 'interpolative'))(
  '$name',
  ({ compress }) => {
    const form = (layer: LayerToCompress, name: Form, more = {}) =>
      compress(layer, K, randomStream(2), { form: name, ...more });

    it.each(matrices)('has forms whose errors are in the expected order: $name', ({ a, layer }) => {
      const cx = form(layer, 'columns');
      const best = form(layer, 'cur');
      const cross = form(layer, 'cur', { core: 'cross' });
      // The same draws, because columns are drawn first.
      expect(best.columns).toEqual(cx.columns);
      expect(errorOf(a, cx)).toBeLessThanOrEqual(errorOf(a, best) * SLACK);
      expect(errorOf(a, best)).toBeLessThanOrEqual(errorOf(a, cross) * SLACK);
      const more = form(layer, 'cur', { oversampling: 2 });
      expect(more.rows!.length).toBe(Math.min(2 * K, a.rows));
      expect(more.right.rows).toBe(K);
    });

    // The vectors of equal singular values depend on rounding, and so does the selection.
    const distinct = matrices.filter(({ name }) => !name.startsWith('step'));
    it.each(distinct)(
      'contains rows of the matrix in the forms that keep rows: $name',
      ({ a, layer }) => {
        const found = form(layer, 'rows');
        expect(found.right).toEqual(takeRows(a, found.rows!));
        const across = compress(layerOf(transpose(a)), K, randomStream(2), { form: 'columns' });
        expect(errorOf(a, found)).toBeCloseTo(errorOf(transpose(a), across), 8);
      },
    );

    it('has three factors with the same product, and an identity that is not stored', () => {
      const { a, layer } = matrices[0]!;
      const [two, three] = [form(layer, 'cur'), form(layer, 'cur-three')];
      expect(frobenius(subtract(product(two), product(three)))).toBeLessThan(1e-10);
      expect([three.left, three.core!, three.right].map(({ data }) => data.length)).toEqual([
        50 * K,
        K * K,
        K * 120,
      ]);
      const [cx, id] = [form(layer, 'columns'), form(layer, 'interpolative')];
      expect(frobenius(subtract(product(cx), product(id)))).toBeLessThan(1e-9);
      expect([id.left.data.length, id.right.data.length]).toEqual([50 * K, K * 120]);
      expect(id.interpolative).toBe(true);
      const within = takeColumns(id.right, id.columns!);
      within.data.forEach((value, i) => {
        expect(value).toBe(Math.floor(i / K) === i % K ? 1 : 0);
      });
      expect(a.rows).toBe(50);
    });

    it('is exact with the core W^+ if columns, rows and their intersection have the rank of the matrix', () => {
      const a = multiply(gaussian(40, K, 7), gaussian(K, 60, 8));
      const found = compress(layerOf(a), K, randomStream(1), { form: 'cur', core: 'cross' });
      expect(errorOf(a, found)).toBeLessThan(1e-6 * frobenius(a));
      const b = threeSpectra(50, 120)[0]!.a;
      const other = compress(layerOf(b), K, randomStream(1), { form: 'cur', core: 'cross' });
      expect(errorOf(b, other)).toBeGreaterThan(0.01 * frobenius(b));
    });
  },
);

it.each(['cur-qr', 'cur-id', 'cur-deim', 'cur-qdeim', 'cur-adaptive'])(
  '%s skips columns that are already chosen',
  (name) => {
    const base = gaussian(30, 8, 3);
    const all = Array.from({ length: 40 }, (_, j) => j % 8);
    const a = takeColumns(base, all);
    const { compress } = compressionMethods.find((method) => method.name === name)!;
    const found = compress(layerOf(a), 8, randomStream(1));
    expect(errorOf(a, found)).toBeLessThan(1e-9 * frobenius(a));
  },
);

it('has the same span if columns are scaled or repeated', () => {
  const { a, layer } = matrices[0]!;
  const found = compressionMethods
    .find(({ name }) => name === 'cur-deim')!
    .compress(layer, K, randomStream(0));
  const scales = Float64Array.from({ length: K }, (_, t) => 10 ** ((t % 5) - 2));
  const again = scaleColumns(takeColumns(a, found.columns!), scales);
  const doubled = takeColumns(again, [...Array(K).keys(), 0, 1, 2]);
  const q = factorizeLayer(doubled);
  expect(q.s.length).toBe(K);
  const onto = multiply(transpose(q.ut(K)), multiply(q.ut(K), a));
  expect(frobenius(subtract(onto, product(found)))).toBeLessThan(1e-8 * frobenius(a));
});
