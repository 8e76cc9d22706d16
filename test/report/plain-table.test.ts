import { describe, expect, it } from 'vitest';
import { plainTable } from '../../src/report/plain-table.ts';
import type { Cell, Table } from '../../src/report/tables/table.ts';

const columns: Table['columns'] = [
  { id: 'method', heading: 'Method', quantity: null },
  { id: 'protocol', heading: 'Protocol', quantity: null },
  { id: 'accuracy', heading: 'Accuracy', quantity: 'percent' },
  { id: 'best_rate', heading: 'Best CR', quantity: 'ratio' },
];

function lines(rows: readonly (readonly Cell[])[], width: number): readonly string[] {
  return plainTable({ name: 't', title: 't', columns, rows }, width).split('\n');
}

const tuned: readonly (readonly Cell[])[] = [
  ['Baseline', '', 0.97, 1],
  ['Baseline', 'trained further (classifier)', 0.98, 1],
  ['LeverageScoreCUR', 'fine-tuned (classifier)', 0.97, 47.92],
];

describe('a plain table', () => {
  it('is as it is if it fits', () => {
    expect(lines(tuned, 80)).toEqual([
      'Method            Protocol                      Accuracy  Best CR',
      '─'.repeat(65),
      'Baseline                                          97.00%     1.00',
      'Baseline          trained further (classifier)    98.00%     1.00',
      'LeverageScoreCUR  fine-tuned (classifier)         97.00%    47.92',
    ]);
  });

  it('has a shared ending of names in the heading', () => {
    expect(lines(tuned, 58)).toEqual([
      'Method            Protocol (classifier)  Accuracy  Best CR',
      '─'.repeat(58),
      'Baseline                                   97.00%     1.00',
      'Baseline          trained further          98.00%     1.00',
      'LeverageScoreCUR  fine-tuned               97.00%    47.92',
    ]);
  });

  it('keeps an ending that tells rows apart', () => {
    const plain = ['svd', 'fine-tuned', 0.9, 2];
    expect(lines([...tuned, plain], 58).join('\n')).toContain('(classifier)\n');
    const other = ['svd', 'fine-tuned (factors)', 0.9, 2];
    expect(lines([...tuned, other], 58).join('\n')).toContain('(factors)');
    const single = ['CUR (published)', 'fine-tuned (classifier)', 0.9, 2];
    expect(lines([...tuned, single], 58)[0]).toMatch(/^Method +Protocol \(classifier\)/);
    expect(lines([...tuned, single], 58).at(-1)).toMatch(/^CUR \(published\) /);
  });

  it('wraps headings first, then between words', () => {
    expect(lines(tuned, 50)).toEqual([
      'Method            Protocol         Accuracy   Best',
      '                   (classifier)                 CR',
      '─'.repeat(50),
      'Baseline                             97.00%   1.00',
      'Baseline          trained further    98.00%   1.00',
      'LeverageScoreCUR  fine-tuned         97.00%  47.92',
    ]);
  });

  it.each([80, 50, 40])('fits %s columns, and loses no character', (width) => {
    const name = `a ${'very '.repeat(8)}long 名前 with ${'x'.repeat(70)}`;
    const shown = lines([...tuned, [name, 'post-hoc', 0.5, 3]], width);
    expect(Math.max(...shown.map((line) => [...line].length))).toBeLessThanOrEqual(width);
    const first = shown.at(-1)!.search(/x/) + 1;
    expect(first).toBeGreaterThan(0);
    const methods = shown.map((line) => line.slice(0, line.startsWith('─') ? 0 : undefined));
    expect(methods.join('').match(/x/g)!.length).toBeGreaterThanOrEqual(70);
  });
});
