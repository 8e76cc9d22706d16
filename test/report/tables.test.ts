import { describe, expect, it } from 'vitest';
import type { LayerRow } from '../../src/nn/model/history.ts';
import type { Aggregate } from '../../src/report/aggregate.ts';
import { paretoFront } from '../../src/report/pareto.ts';
import { publishedCurve } from '../../src/report/published/curves.ts';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { bestRatesTable } from '../../src/report/tables/best-rates.ts';
import { comparisonTable } from '../../src/report/tables/comparison.ts';
import { configurationsTable } from '../../src/report/tables/configurations.ts';
import { csv } from '../../src/report/tables/csv.ts';
import { hypothesesTable } from '../../src/report/tables/hypotheses.ts';
import { latex } from '../../src/report/tables/latex.ts';
import { layersTable } from '../../src/report/tables/layers.ts';
import { markdown } from '../../src/report/tables/markdown.ts';
import { measurementsTable } from '../../src/report/tables/measurements.ts';
import { measuresTable } from '../../src/report/tables/measures.ts';
import { publishedTable } from '../../src/report/tables/published.ts';
import type { Table } from '../../src/report/tables/table.ts';
import { fakeInput } from './fake-results.ts';

const table: Table = {
  name: 'sample',
  title: 'A sample',
  columns: [
    { id: 'model', heading: 'Model', quantity: null },
    { id: 'accuracy', heading: 'Accuracy', quantity: 'percent' },
    { id: 'parameters', heading: 'Parameters', quantity: 'count' },
  ],
  rows: [
    ['VGG-11', 0.994, 132863336],
    ['a, "b" | c', null, 7],
  ],
};
const { rows: made, outcomes } = fakeInput({ rates: [10, 25], seeds: [0, 1], images: 500 });
const [study] = studiesOf(made, [], outcomes);
const summary = summarise(study!);

it('csv writes plain numbers, and quotes if necessary', () => {
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

describe('latex', () => {
  it('is a booktabs table with everything escaped', () => {
    const odd: Table = {
      ...table,
      rows: [
        ['50% & {a}_$#^~\\', -0.994, 1234],
        ['[x]', null, 7],
        ['*', 0.5, 0],
        ['6 × 10⁻³ − 1', 0.5, 0],
      ],
    };
    expect(latex(odd)).toBe(
      [
        '% A sample',
        '% \\usepackage{booktabs}',
        '% Fits a column: in a table.',
        '{\\small\\setlength{\\tabcolsep}{5pt}%',
        '\\begin{tabular}{@{}lrr@{}}',
        '  \\toprule',
        '  Model & Accuracy & Parameters \\\\',
        '  \\midrule',
        '  50\\% \\& \\{a\\}\\_\\$\\#\\textasciicircum{}\\textasciitilde{}\\textbackslash{} & -99.40\\% & 1\\,234 \\\\',
        '  {}[x] & -- & 7 \\\\',
        '  {}* & 50.00\\% & 0 \\\\',
        '  6 $\\times$ 10$^{-3}$ $-$ 1 & 50.00\\% & 0 \\\\',
        '  \\bottomrule',
        '\\end{tabular}',
        '}',
        '',
      ].join('\n'),
    );
  });
});

describe('the published results', () => {
  it('are next to ours at the rates that both have', () => {
    const { rows, columns } = publishedTable(summary);
    const at = (id: string): number => columns.findIndex((column) => column.id === id);
    const svd = rows.find((row) => row[0] === 'SVD' && row[at('rate')] === 25)!;
    expect(svd[at('published_accuracy')]).toBe(0.9941);
    expect(svd[at('published_parameters')]).toBe(4835950);
    expect(svd[at('published_difference')]).toBeCloseTo(
      (svd[at('accuracy')] as number) - 0.9941,
      12,
    );
    // Published SVDs have no rate 10. CURs have both.
    expect(rows.filter((row) => row[at('rate')] === 10).map(([label]) => label)).not.toContain(
      'SVD',
    );
    expect(rows.some((row) => row[at('rate')] === 10)).toBe(true);
  });

  it('are of two data sets, in any case', () => {
    expect(
      publishedCurve({ dataset: 'CIFAR-10', measure: 'accuracy', model: 'VGG-11' }, 'cur')?.points,
    ).toHaveLength(99);
    expect(
      publishedCurve({ dataset: 'MNIST', measure: 'accuracy', model: 'VGG-11' }, 'svd')?.points,
    ).toHaveLength(41);
    expect(
      publishedCurve({ dataset: 'own images', measure: 'accuracy', model: 'VGG-11' }, 'svd'),
    ).toBeNull();
    // The published table: the best rates and their cost.
    const best = publishedCurve(
      { dataset: 'mnist', measure: 'accuracy', model: 'VGG-11' },
      'svd',
    )!.points.find(({ rate }) => rate === 225)!;
    expect(best).toEqual({ rate: 225, accuracy: 0.9944, parameters: 598126 });
  });
});

describe('paretoFront', () => {
  it('has the configurations that no other beats in both cost and accuracy', () => {
    const front = paretoFront(summary.aggregates, 'parameters');
    const isBeaten = (one: Aggregate): boolean =>
      summary.aggregates.some(
        (other) =>
          other.parameters.total <= one.parameters.total &&
          other.accuracy.median > one.accuracy.median,
      );
    expect(front.length).toBeGreaterThan(1);
    expect(front.some(isBeaten)).toBe(false);
    const rest = summary.aggregates.filter((one) => !front.includes(one));
    const isDouble = (one: Aggregate): boolean =>
      front.some((other) => other.accuracy.median === one.accuracy.median);
    expect(rest.every((one) => isBeaten(one) || isDouble(one))).toBe(true);
  });
});

describe('the tables of a study', () => {
  it('have one row per test', () => {
    expect(measurementsTable(study!).rows).toHaveLength(study!.rows.length);
    // SVD and three CURs at two rates, three layers each.
    expect(layersTable(study!).rows).toHaveLength(4 * 2 * 3);
    const { hypotheses } = summary;
    expect(hypothesesTable(summary).rows).toHaveLength(hypotheses.length);
    expect(comparisonTable(summary).rows).toHaveLength(3 * 2 * 2);
    expect(measuresTable(summary).rows).toHaveLength(summary.aggregates.length);
  });

  it('have as many cells as columns', () => {
    for (const { columns, rows } of [
      measurementsTable(study!),
      layersTable(study!),
      hypothesesTable(summary),
      comparisonTable(summary),
      measuresTable(summary),
      configurationsTable(summary),
    ]) {
      expect(new Set(rows.map((row) => row.length))).toEqual(new Set([columns.length]));
    }
  });

  it('show errors above their bound', () => {
    const layer = (relativeError: number, bound: number | null): LayerRow => ({
      name: 'fc1',
      rows: 10,
      cols: 20,
      rank: 2,
      parameters: 70,
      relativeError,
      optimalError: 0.1,
      bound,
    });
    const cells = (...layers: readonly LayerRow[]) => {
      const row = made.find(({ method, rate }) => method === 'cur-published' && rate === 10)!;
      const rows = layers.map((one, seed) => ({ ...row, seed, layers: [one] }));
      const { columns, rows: body } = layersTable(studiesOf(rows, [])[0]!);
      return Object.fromEntries(columns.map(({ id }, i) => [id, body[0]![i]]));
    };
    expect(cells(layer(0.2, 0.3), layer(0.3, 0.3), layer(0.25, 0.3))).toMatchObject({
      networks: 3,
      relative_error: 0.25,
      excess: 2.5,
      worst_excess: 0.3 / 0.1,
      within_bound: 'yes',
    });
    expect(cells(layer(0.2, 0.3), layer(0.31, 0.3))).toMatchObject({
      within_bound: 'no: 1 of 2',
    });
    expect(cells(layer(0.2, null))).toMatchObject({ bound: null, within_bound: '' });
  });

  it('show sizes before and after', () => {
    const { columns, rows } = measuresTable(summary);
    const svd = rows.find(
      ([label, phase, rate]) => label === 'SVD' && phase === 'post-hoc' && rate === 10,
    )!;
    const cells = Object.fromEntries(columns.map(({ id }, i) => [id, svd[i]!]));
    const { parameters, bytes, macs, macs_ratio: saved } = cells as Record<string, number>;
    expect(bytes).toBe(4 * parameters!);
    expect(saved).toBeCloseTo(11_473_930 / macs!, 12);
    // fc1 and fc2, without the last layer, which is not compressed.
    const [fc1, fc2] = svdLayers().map(({ rank }) => rank!);
    expect(cells.layer_compression).toBeCloseTo(
      (512 * 3136 + 512 * 512) / (fc1! * (512 + 3136) + fc2! * (512 + 512)),
      12,
    );
  });

  it("repeat the paper's table", () => {
    const lines = csv(bestRatesTable(summarise(study!))).split('\n');
    expect(lines.slice(0, 5)).toEqual([
      'method,protocol,accuracy,compared_with,margin,parameters,best_rate,nominal_rate,total_compression',
      'Baseline,,0.9932,,,2018642,1,1,1',
      '"Baseline, trained on",trained further,0.9943,,,2018642,1,1,1',
      expect.stringMatching(/^SVD,post-hoc,0\.99\d*,baseline,-0\.00\d+,\d+,9\.7\d+,10,5\.9\d+$/),
      expect.stringMatching(/^SVD,fine-tuned,0\.99\d*,control,-0\.00\d+,\d+,24\.2\d+,25,8\.8\d+$/),
    ]);
  });
});

function svdLayers(): readonly LayerRow[] {
  const row = made.find(({ method, rate }) => method === 'svd' && rate === 10)!;
  return row.layers.filter(({ rank }) => rank !== null);
}
