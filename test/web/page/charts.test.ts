/** Scales and axes of charts, also for values at the limits of the machine, and the filter that a range becomes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisOf, lineOf } from '../../../src/web/page/charts/parallel-axes.ts';
import { groupsOf } from '../../../src/web/page/charts/row-groups.ts';
import { isDrawable, scaleOf } from '../../../src/web/page/charts/scale.ts';
import { find, withConditions } from '../../../src/web/page/experiment-query.ts';

const SPAN = { top: 50, bottom: 300 };

const numbers = fc.array(
  fc.oneof(
    fc.double({ noNaN: true }),
    fc.constantFrom(0, -0, 1, 1 + 2e-16, 5e-324, 1e17, 1e17 + 16, 1e300, -1e300, Number.MAX_VALUE),
  ),
  { minLength: 1, maxLength: 5 },
);

describe('a scale', () => {
  it('has few ticks inside the axis, and a place on it for each value', () => {
    fc.assert(
      fc.property(numbers, fc.boolean(), (given, log) => {
        const values = given.filter(isDrawable);
        const { at, ticks } = scaleOf(values, 300, 50, { log });
        expect(ticks.length).toBeLessThan(30);
        for (const value of values) {
          expect(at(value)).toBeGreaterThanOrEqual(50 - 1e-3);
          expect(at(value)).toBeLessThanOrEqual(300 + 1e-3);
        }
        expect(new Set(ticks).size).toBe(ticks.length);
      }),
      { numRuns: 500 },
    );
  });

  it('finds the value of a position', () => {
    for (const log of [false, true]) {
      const { at, valueAt } = scaleOf([1, 10, 1000], 0, 300, { log });
      for (const value of [1, 7, 400]) expect(valueAt(at(value))).toBeCloseTo(value, 8);
    }
  });
});

interface Row {
  readonly a: number | string | null;
}
const cellOf = (row: Row, column: string) => (column === 'a' ? row.a : undefined);
const columns = [{ name: 'a' }];

describe('a range of an axis', () => {
  it.each([false, true])('finds the rows inside, and no row far from it (log: %s)', (log) => {
    const counts = fc.integer({ min: 1, max: 1_000_000 });
    const values = fc.oneof(
      fc.array(counts, { minLength: 2 }),
      // Accuracies that hardly differ.
      fc.array(
        counts.map((count) => 0.97 + count * 1e-10),
        { minLength: 2 },
      ),
    );
    fc.assert(
      fc.property(values, fc.nat(250), fc.nat(250), (given, one, two) => {
        const rows: readonly Row[] = given.map((a) => ({ a }));
        const axis = axisOf({ name: 'a' }, rows, cellOf, SPAN, log);
        const [top, bottom] = [SPAN.top + Math.min(one, two), SPAN.top + Math.max(one, two)];
        const filter = withConditions('', 'a', axis.between(top, bottom), columns);
        const found = new Set(find({ columns, rows }, cellOf, filter, []).rows);
        for (const row of rows) {
          const y = axis.at(row.a)!;
          // Bounds are rounded within a pixel.
          if (y > top + 1 && y < bottom - 1) expect(found.has(row)).toBe(true);
          if (y < top - 1 || y > bottom + 1) expect(found.has(row)).toBe(false);
        }
      }),
    );
  });

  it('of words is a list of them, also of words with spaces', () => {
    const rows: readonly Row[] = [{ a: 'svd' }, { a: 'two words' }, { a: 'cur' }, { a: null }];
    const axis = axisOf({ name: 'a' }, rows, cellOf, SPAN, false);
    expect(axis.ticks.map(({ text }) => text)).toEqual(['svd', 'two words', 'cur']);
    const filter = withConditions('a=cur b=1', 'a', axis.between(50, 220), columns);
    expect(filter).toBe('b=1 a=svd "a=two words"');
    const again = withConditions(filter, 'a', axis.between(130, 300), columns);
    expect(again).toBe('b=1 "a=two words" a=cur');
    expect(
      find({ columns, rows }, cellOf, withConditions(again, 'b', [], columns), []).rows,
    ).toEqual([rows[1], rows[2]]);
  });
});

it('a range replaces the conditions under each name of its column, and no others', () => {
  const columns = [
    { name: 'b' },
    { name: 'train.a' },
    { name: 'x.b' },
    { name: 'y.c' },
    { name: 'z.c' },
  ];
  const next = (filter: string, column: string) => withConditions(filter, column, ['n=1'], columns);
  expect(next('a>1 train.a<5 b=2 word a', 'train.a')).toBe('b=2 word a n=1');
  // `b` is the column of this name, and `c` could be either of two.
  expect(next('b=2 x.b=3', 'x.b')).toBe('b=2 n=1');
  expect(next('c=2 y.c=3 key=1', 'y.c')).toBe('c=2 key=1 n=1');
});

it('a line has a gap where a value is missing', () => {
  const rows = [{ a: 1, b: null, c: 3 }];
  const cell = (row: (typeof rows)[0], column: string) => row[column as 'a'];
  const axes = ['a', 'b', 'c'].map((name) => axisOf({ name }, rows, cell, SPAN, false));
  expect(lineOf(rows[0]!, axes, (i) => i * 10, cell)).toBe('M0,175.0M20,175.0');
});

it('a group keeps its colour when rows are filtered', () => {
  const all: readonly Row[] = ['svd', 'cur', 'svd', null].map((a) => ({ a }));
  const of = (rows: readonly Row[]) =>
    groupsOf(rows, all, 'a', cellOf).map(({ name, colour }) => [name, colour]);
  expect(of(all)).toEqual([
    ['svd', 0],
    ['cur', 1],
    ['–', 2],
  ]);
  expect(of(all.slice(1, 2))).toEqual([['cur', 1]]);
});
