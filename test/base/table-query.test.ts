import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Cell,
  findColumn,
  isMissing,
  matching,
  numberIn,
  parseCondition,
  parseSort,
  sorted,
} from '../../src/base/table-query.ts';

type Row = Readonly<Record<string, Cell>>;
const cellOf = (row: Row, column: string): Cell => row[column];

const rows: readonly Row[] = [
  { id: 'a', rate: 2, method: 'svd', accuracy: 0.9, names: ['first'] },
  { id: 'b', rate: 25, method: 'cur-seed', accuracy: 0.98, names: ['first', 'second'] },
  { id: 'c', rate: 2, method: 'cur', accuracy: 'NaN', names: [] },
  { id: 'd', rate: '2', method: 'svd', accuracy: 'Infinity', tuned: true },
];

function found(...texts: readonly string[]): string {
  const conditions = texts.map((text) => parseCondition(text)!);
  return matching(rows, conditions, cellOf)
    .map(({ id }) => id)
    .join('');
}

describe('a filter', () => {
  it.each([
    ['abcd'],
    ['acd', 'rate=2'],
    ['acd', 'rate=2.0'],
    ['b', 'rate!=2'],
    ['c', 'method=cur'],
    ['acd', 'method=cur', 'method=svd'],
    ['a', 'method=svd', 'accuracy<1'],
    ['bd', 'accuracy>0.97'],
    ['bd', 'accuracy>=0.98'],
    ['ab', 'accuracy<=0.98'],
    ['a', 'accuracy<0.98'],
    ['c', 'accuracy=NaN'],
    ['d', 'tuned=true'],
    ['abc', 'tuned='],
    ['d', 'tuned!='],
    ['ab', 'names=first'],
    ['b', 'names=second'],
    ['cd', 'names!=first'],
    ['', 'method>1'],
    ['b', ' rate > 2 '],
  ])('finds "%s" by %j %j', (ids, ...texts) => {
    expect(found(...texts)).toBe(ids);
  });

  it('has a column, an operator and a value', () => {
    expect(parseCondition('a.b=c=d')).toEqual({ column: 'a.b', operator: '=', value: 'c=d' });
    expect(parseCondition('a>=-1e3')).toEqual({ column: 'a', operator: '>=', value: '-1e3' });
    for (const text of ['', 'a', '=1', '>2', '!a']) expect(parseCondition(text)).toBeUndefined();
  });
});

it('a column is found by its name, or by an ending that only one has', () => {
  const columns = ['accuracy', 'train.accuracy', 'train.loss', 'a.x', 'b.x'];
  expect(findColumn('accuracy', columns)).toBe('accuracy');
  expect(findColumn('loss', columns)).toBe('train.loss');
  expect(findColumn('x', columns)).toBeUndefined();
  expect(findColumn('oss', columns)).toBeUndefined();
});

describe('sorting', () => {
  const ids = (sort: string): string =>
    sorted(rows, parseSort(sort), cellOf)
      .map(({ id }) => id)
      .join('');

  it('has numbers before words, and rows without a value last', () => {
    expect(ids('accuracy')).toBe('abdc');
    expect(ids('-accuracy')).toBe('dbac');
    expect(ids('method,-rate')).toBe('cbad');
    expect(ids('-tuned')).toBe('dabc');
    expect(ids('')).toBe('abcd');
  });

  it('keeps all rows and orders them', () => {
    const cell = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null));
    fc.assert(
      fc.property(fc.array(cell), fc.boolean(), (cells, descending) => {
        const table = cells.map((x, i) => ({ x, i }));
        const xOf = (row: { x: Cell }) => row.x;
        const result = sorted(table, [{ column: 'x', descending }], xOf);
        expect(result.map(({ i }) => i).sort((a, b) => a - b)).toEqual(cells.map((_, i) => i));
        const missing = result.map(({ x }) => isMissing(x));
        expect(missing.lastIndexOf(false)).toBeLessThan(
          missing.length - missing.filter(Boolean).length,
        );
        const numbers = result.flatMap(({ x }) => numberIn(x) ?? []);
        const wanted = [...numbers].sort((a, b) => (descending ? b - a : a - b));
        expect(numbers.map((x) => x + 0)).toEqual(wanted.map((x) => x + 0));
      }),
    );
  });
});
