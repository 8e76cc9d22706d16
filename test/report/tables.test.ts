import { describe, expect, it } from 'vitest';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { bestRatesTable } from '../../src/report/tables/best-rates.ts';
import { csv } from '../../src/report/tables/csv.ts';
import { layersTable } from '../../src/report/tables/layers.ts';
import { markdown } from '../../src/report/tables/markdown.ts';
import { measurementsTable } from '../../src/report/tables/measurements.ts';
import { number, type Table, text } from '../../src/report/tables/table.ts';
import { fakeRows } from './fake-results.ts';

const table: Table = {
  name: 'sample',
  title: 'A sample',
  columns: [
    text('model', 'Model'),
    number('accuracy', 'Accuracy', 'percent'),
    number('parameters', 'Parameters', 'count'),
  ],
  rows: [
    ['VGG-11', 0.994, 132863336],
    ['a, "b" | c', null, 7],
  ],
};
const [study] = studiesOf(fakeRows('mnist', { rates: [10, 25], seeds: [0, 1] }), []);

it('csv writes plain numbers and quotes what needs it', () => {
  expect(csv(table)).toBe('model,accuracy,parameters\nVGG-11,0.994,132863336\n"a, ""b"" | c",,7\n');
});

it('markdown aligns and groups numbers, and escapes bars', () => {
  expect(markdown(table).replaceAll('\u202f', ' ')).toBe(
    [
      '**A sample**',
      '',
      '| Model       | Accuracy |  Parameters |',
      '| ----------- | -------: | ----------: |',
      '| VGG-11      |   99.40% | 132 863 336 |',
      '| a, "b" \\| c |        – |           7 |',
      '',
    ].join('\n'),
  );
});

describe('the tables of a study', () => {
  it('have a row each for what they tell of', () => {
    expect(measurementsTable(study!).rows).toHaveLength(study!.rows.length);
    // SVD and three CURs of two seeds, at two rates, three layers each.
    expect(layersTable(study!).rows).toHaveLength((1 + 3 * 2) * 2 * 3);
  });

  it('have as many cells as columns', () => {
    for (const { columns, rows } of [measurementsTable(study!), layersTable(study!)]) {
      expect(new Set(rows.map((row) => row.length))).toEqual(new Set([columns.length]));
    }
  });

  it("repeat the paper's table", () => {
    const lines = csv(bestRatesTable(summarise(study!))).split('\n');
    expect(lines.slice(0, 5)).toEqual([
      'model,protocol,accuracy,parameters,best_rate,total_compression',
      'VGG-11 w0.125,,0.9932,2018642,1,1',
      'VGG-11 w0.125,trained further,0.9943,2018642,1,1',
      expect.stringMatching(/^VGG-11 w0.125 \+ SVD,post-hoc,0\.99\d+,\d+,10,5\.9\d+$/),
      expect.stringMatching(/^VGG-11 w0.125 \+ SVD,fine-tuned,0\.99\d+,\d+,25,8\.8\d+$/),
    ]);
  });
});
