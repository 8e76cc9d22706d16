import { describe, expect, it } from 'vitest';
import type { EvaluationRow } from '../../src/report/results.ts';
import { sentencesOf } from '../../src/report/sentences.ts';
import { studiesOf } from '../../src/report/study.ts';
import { type Summary, summarise } from '../../src/report/summary.ts';
import { warningsOf } from '../../src/report/warnings.ts';
import { fakeRows } from './fake-results.ts';

describe('studiesOf', () => {
  it('makes a study of each data set and model, whatever the order of the rows', () => {
    const rows = [...fakeRows('mnist'), ...fakeRows('CIFAR 10')];
    const [cifar, mnist] = studiesOf(rows, []);
    expect([cifar!.slug, mnist!.slug]).toEqual(['cifar-10', 'mnist']);
    expect(studiesOf([...rows].reverse(), [])).toEqual(studiesOf(rows, []));
    const models = [
      ...fakeRows('mnist'),
      ...fakeRows('mnist').map((row) => ({ ...row, model: 'VGG-11' })),
    ];
    expect(studiesOf(models, []).map(({ slug }) => slug)).toEqual([
      'mnist-vgg-11',
      'mnist-vgg-11-w0.125',
    ]);
  });
});

describe('summarise', () => {
  it('takes medians over seeds', () => {
    const { aggregates } = summaryOf([
      measured('cur-seed', 10, 0.9, 0),
      measured('cur-seed', 10, 0.98, 1),
      measured('cur-seed', 10, 0.97, 2),
    ]);
    const [aggregate] = aggregates.filter(({ rate }) => rate === 10);
    expect(aggregate!.accuracy).toMatchObject({ count: 3, median: 0.97, min: 0.9, max: 0.98 });
  });

  it('finds the largest rate within the tolerance, and the smaller ones that fail', () => {
    const rows = [
      measured('svd', 2, 0.992, null),
      measured('svd', 5, 0.98, null),
      // Exactly half a point below 0.992.
      measured('svd', 10, 0.987, null),
      measured('svd', 20, 0.986, null),
    ];
    expect(summaryOf(rows).best).toMatchObject([
      { method: 'svd', at: { rate: 10 }, failedBelow: [5] },
    ]);
    expect(summaryOf(rows, 0.02).best).toMatchObject([{ at: { rate: 20 }, failedBelow: [] }]);
    expect(summaryOf([measured('svd', 2, 0.5, null)]).best).toMatchObject([{ at: null }]);
  });
});

describe('the comparison with SVD', () => {
  const svd = [measured('svd', 2, 0.99, null, 1000), measured('svd', 4, 0.95, null, 250)];

  it('is at equal true parameters', () => {
    const { comparisons } = summaryOf([
      ...svd,
      measured('cur-seed', 2, 0.98, 0, 1010),
      // Half way between 250 and 1000 in the logarithm.
      measured('cur-seed', 3, 0.96, 0, 500),
      measured('cur-seed', 8, 0.9, 0, 100),
    ]);
    expect(comparisons).toHaveLength(1);
    const [direct, between, ...beyond] = comparisons[0]!.points;
    expect(direct).toMatchObject({ rate: 2, svd: 0.99, interpolated: false });
    expect(direct!.difference).toBeCloseTo(-0.01, 12);
    expect(between).toMatchObject({ rate: 3, interpolated: true });
    expect(between!.svd).toBeCloseTo(0.97, 12);
    expect(beyond).toEqual([]);
    expect(comparisons[0]!.difference).toBeCloseTo(-0.01, 12);
  });

  it('counts the classifier where the features are the same, else the network', () => {
    const curs = (features: number) => [measured('cur-seed', 2, 0.98, 0, 500, features)];
    // In all 10 500 and 10 250 to 11 000: within 2% of a point that has half as many to compress.
    expect(summaryOf([...svd, ...curs(10_000)]).comparisons[0]!.points[0]!.interpolated).toBe(true);
    expect(summaryOf([...svd, ...curs(9_700)]).comparisons[0]!.points[0]).toMatchObject({
      parameters: 10_200,
      svd: 0.95,
      interpolated: false,
    });
  });

  it('is said in words', () => {
    const said = (accuracy: number) =>
      sentencesOf(summaryOf([...svd, measured('cur-seed', 2, accuracy, 0, 1000)])).at(-1);
    const start = 'At equal numbers of parameters (post-hoc), cur-seed';
    const end = 'points at the one rate that could be compared.';
    expect(said(0.98)).toBe(`${start} does not beat SVD: −1.00 ${end}`);
    expect(said(0.9905)).toBe(`${start} is level with SVD: +0.05 ${end}`);
    expect(said(0.999)).toBe(`${start} beats SVD: +0.90 ${end}`);
  });
});

describe('sentencesOf', () => {
  it('says what was compressed, how far without loss, and who won', () => {
    const [study] = studiesOf(fakeRows('mnist'), []);
    expect(
      sentencesOf(summarise(study!))
        .join('\n')
        .replace(/[\u00a0\u202f]/g, ' '),
    ).toMatchSnapshot();
  });

  it('has words for nothing', () => {
    expect(sentencesOf(summaryOf([]))).toContain('Nothing was compressed.');
  });
});

describe('warningsOf', () => {
  it('has none for a clean study', () => {
    const [study] = studiesOf(fakeRows('mnist'), []);
    expect(warningsOf(summarise(study!))).toEqual([]);
  });

  it('tells of a sweep that does not start from its baseline', () => {
    const warned = (accuracy: number) =>
      warningsOf(summaryOf([measured('svd', 1, accuracy, null)]));
    expect(warned(0.993)).toEqual([]);
    expect(warned(0.9931)).toEqual([
      'At CR\u00a01, where nothing is compressed, post-hoc results differ from the baseline in the number of images classified correctly: svd by +11. So the sweep does not start from this baseline, and differences of this size are not due to compression.',
    ]);
    expect(warned(0.98)[0]).toContain('svd by −120');
  });

  it('measures fine-tuned rows against the control', () => {
    const tuned = { ...measured('svd', 1, 0.995, null), protocol: 'finetuned' } as const;
    const control = { ...baselineRow(), accuracy: 0.995, protocol: 'control' } as const;
    expect(warningsOf(summaryOf([tuned]))[0]).toContain('come from the further training alone');
    expect(warningsOf(summaryOf([tuned, control]))).toEqual([]);
  });

  it('tells of single draws, of luck, and of a missing baseline', () => {
    expect(warningsOf(summaryOf([measured('cur-seed', 2, 0.99, 0)]))[0]).toMatch(
      /^One seed only for all CUR/,
    );
    const mixed = [
      measured('cur-seed', 2, 0.99, 0),
      measured('cur-seed', 2, 0.99, 1),
      measured('cur-seed', 4, 0.99, 0),
    ];
    expect(warningsOf(summaryOf(mixed))[0]).toMatch(/^One seed only for 1 of 2 CUR results/);
    const dip = [measured('svd', 2, 0.5, null), measured('svd', 4, 0.99, null)];
    expect(warningsOf(summaryOf(dip))[0]).toContain('but not at CR\u00a02');
    const [study] = studiesOf([measured('svd', 2, 0.99, null)], []);
    expect(warningsOf(summarise(study!))).toEqual([
      'There is no baseline: how much accuracy compression cost cannot be told.',
    ]);
  });
});

function summaryOf(rows: readonly EvaluationRow[], tolerance?: number): Summary {
  const [study] = studiesOf([baselineRow(), ...rows], []);
  return summarise(study!, tolerance);
}

function baselineRow(): EvaluationRow {
  return {
    ...measured('baseline', null, 0.992, null, 2000),
    family: 'baseline',
    protocol: 'baseline',
  };
}

function measured(
  method: string,
  rate: number | null,
  accuracy: number,
  seed: number | null,
  classifier = 1000,
  features = 10_000,
): EvaluationRow {
  return {
    dataset: 'mnist',
    model: 'VGG-11',
    method,
    label: method,
    family: method === 'svd' ? 'svd' : 'cur',
    protocol: 'posthoc',
    rate,
    seed,
    accuracy,
    loss: 0.1,
    agreement: null,
    count: 10_000,
    parameters: { features, classifier, total: features + classifier },
    compression: { nominal: rate, classifier: 2000 / classifier, total: 1 },
    layers: [],
  };
}
