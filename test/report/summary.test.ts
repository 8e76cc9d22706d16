import { describe, expect, it } from 'vitest';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import type { Hypothesis } from '../../src/report/hypotheses.ts';
import { measurementOf, rowKey } from '../../src/report/measurement.ts';
import { sentencesOf } from '../../src/report/sentences.ts';
import { studiesOf } from '../../src/report/study.ts';
import { type Summary, summarise } from '../../src/report/summary.ts';
import { warningsOf } from '../../src/report/warnings.ts';
import { fakeInput, fakeOutcomes, fakeRows, MANY_METHODS } from './fake-results.ts';

describe('studiesOf', () => {
  it('makes a study per data set and model, for any order of the rows', () => {
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

describe('a measurement', () => {
  it('has a name with everything that distinguishes it', () => {
    const row = measured('svd', 2, 0.9, null);
    expect(measurementOf(row, 'accuracy')).toMatchObject({
      method: 'svd',
      label: 'svd',
      phase: 'post-hoc',
    });
    expect(
      measurementOf({ ...row, scheme: 'spatial', allocation: 'budget' }, 'accuracy').label,
    ).toBe('svd · spatial · budget ranks');
    expect(
      measurementOf({ ...row, protocol: 'finetuned', tuned: 'factors' }, 'accuracy').phase,
    ).toBe('fine-tuned (factors)');
    const varied: readonly Partial<EvaluationRow>[] = [
      {},
      { trainingSeed: 0 },
      { protocol: 'finetuned' },
      { tuned: 'all' },
      { scheme: 'channel' },
      { allocation: 'energy' },
      { rate: 3 },
      { seed: 0 },
      { model: 'VGG-16' },
    ];
    expect(new Set(varied.map((part) => rowKey({ ...row, ...part }))).size).toBe(varied.length);
    expect(rowKey({ ...row, trainingSeed: null, allocation: 'uniform' })).toBe(rowKey(row));
  });
});

describe('summarise', () => {
  it('compares each network with the baseline of its own training', () => {
    const rows = [
      { ...baselineRow(), trainingSeed: 0 },
      { ...baselineRow(), trainingSeed: 1, accuracy: 0.9 },
      { ...measured('svd', 2, 0.991, null), trainingSeed: 0 },
      { ...measured('svd', 2, 0.901, null), trainingSeed: 1 },
    ];
    const [study] = studiesOf(rows, []);
    const { aggregates, best } = summarise(study!);
    expect(aggregates.at(-1)).toMatchObject({ networks: 2, rate: 2 });
    expect(aggregates.at(-1)!.gain).toBeCloseTo(0, 12);
    expect(best[0]!.at).not.toBeNull();
  });

  it('takes medians over seeds', () => {
    const { aggregates } = summaryOf([
      measured('cur-published', 10, 0.9, 0),
      measured('cur-published', 10, 0.98, 1),
      measured('cur-published', 10, 0.97, 2),
    ]);
    const [aggregate] = aggregates.filter(({ rate }) => rate === 10);
    expect(aggregate!.accuracy).toMatchObject({ count: 3, median: 0.97, min: 0.9, max: 0.98 });
  });

  it('finds the last rate before the first that fails, and those that pass again', () => {
    const rows = [
      measured('svd', 2, 0.992, null),
      measured('svd', 5, 0.98, null),
      // Exactly half a point below 0.992.
      measured('svd', 10, 0.987, null),
      measured('svd', 20, 0.986, null),
    ];
    expect(summaryOf(rows).best).toMatchObject([
      { method: 'svd', at: { rate: 2 }, failedAt: 5, againAt: [10] },
    ]);
    expect(summaryOf(rows, 0.02).best).toMatchObject([
      { at: { rate: 20 }, failedAt: null, againAt: [] },
    ]);
    expect(summaryOf([measured('svd', 2, 0.5, null)]).best).toMatchObject([{ at: null }]);
  });
});

describe('the comparison with SVD', () => {
  const svd = [measured('svd', 2, 0.99, null, 1000), measured('svd', 4, 0.95, null, 250)];

  it('is at equal true parameters', () => {
    const { hypotheses } = summaryOf([
      ...svd,
      measured('cur-published', 2, 0.98, 0, 1010),
      // Halfway between 250 and 1000 in the logarithm.
      measured('cur-published', 3, 0.96, 0, 500),
      measured('cur-published', 8, 0.9, 0, 100),
    ]);
    expect(hypotheses).toHaveLength(1);
    const [direct, between, ...others] = hypotheses[0]!.points;
    expect(direct).toMatchObject({ rate: 2, svd: 0.99, interpolated: false });
    expect(direct!.difference).toBeCloseTo(-0.01, 12);
    expect(between).toMatchObject({ rate: 3, interpolated: true });
    expect(between!.svd).toBeCloseTo(0.97, 12);
    expect(others).toEqual([]);
    expect(hypotheses[0]!.beyond).toEqual([8]);
    expect(hypotheses[0]!.difference).toBeCloseTo(-0.01, 12);
  });

  it('counts the classifier if the features are the same, else the network', () => {
    const curs = (features: number) => [measured('cur-published', 2, 0.98, 0, 500, features)];
    // In total 10 500 and 10 250 to 11 000: within 2% of a point with half as many compressible parameters.
    expect(summaryOf([...svd, ...curs(10_000)]).hypotheses[0]!.points[0]!.interpolated).toBe(true);
    expect(summaryOf([...svd, ...curs(9_700)]).hypotheses[0]!.points[0]).toMatchObject({
      parameters: 10_200,
      svd: 0.95,
      interpolated: false,
    });
  });

  it('compares networks of one training with each other', () => {
    const rows = [
      ...svd.map((row) => ({ ...row, trainingSeed: 0 })),
      ...svd.map((row) => ({ ...row, trainingSeed: 1, accuracy: row.accuracy! - 0.1 })),
      { ...measured('cur-published', 2, 0.98, 0), trainingSeed: 0 },
      { ...measured('cur-published', 2, 0.88, 0), trainingSeed: 1 },
      // From a training without an SVD, so the rate can't be compared.
      { ...measured('cur-published', 4, 0.94, 0, 250), trainingSeed: 0 },
      { ...measured('cur-published', 4, 0.94, 0, 250), trainingSeed: 2 },
    ];
    const [{ points, beyond }] = summaryOf(rows).hypotheses as [Hypothesis];
    expect(points.map(({ rate }) => rate)).toEqual([2]);
    expect(points[0]!.difference).toBeCloseTo(-0.01, 12);
    expect(beyond).toEqual([4]);
  });

  it('compares within a phase, and leaves out rates that compress nothing', () => {
    const tuned = (row: EvaluationRow, scope: 'all' | 'classifier') =>
      ({ ...row, protocol: 'finetuned', tuned: scope }) as const;
    const { hypotheses } = summaryOf([
      ...svd.map((row) => tuned(row, 'all')),
      measured('svd', 1, 0.992, null, 2000),
      ...svd,
      measured('cur-deim', 1, 0.9, null, 2000),
      measured('cur-deim', 2, 0.97, null),
      tuned(measured('cur-deim', 2, 0.995, null), 'all'),
      tuned(measured('cur-deim', 2, 0.995, null), 'classifier'),
    ]);
    expect(hypotheses.map(({ phase }) => phase)).toEqual([
      'post-hoc',
      'fine-tuned (whole network)',
    ]);
    expect(hypotheses[0]!.points.map(({ rate }) => rate)).toEqual([1, 2]);
    expect(hypotheses[0]!.difference).toBeCloseTo(-0.02, 12);
    expect(hypotheses[1]!.difference).toBeCloseTo(0.005, 12);
  });

  it('is with the plain SVD of the same kind of layers', () => {
    const channel = (row: EvaluationRow) => ({ ...row, scheme: 'channel' });
    const { hypotheses } = summaryOf([
      ...svd,
      { ...measured('svd-activation', 2, 0.99, null), family: 'svd' },
      ...svd.map(channel),
      measured('cur-deim', 2, 0.97, null),
      { ...measured('cur-deim', 2, 0.97, null), scheme: 'rows' },
      { ...measured('cur-deim', 2, 0.97, null), allocation: 'energy' },
    ]);
    expect(hypotheses.map(({ label, reference }) => `${label} / ${reference}`)).toEqual([
      'svd-activation / svd',
      'cur-deim / svd',
      'cur-deim · energy ranks / svd',
      'cur-deim · rows / svd · channel',
    ]);
  });

  const images = 1000;
  /**
   * SVD classifies the first 900 images correctly. A CUR does so for as many of them, and for some on which SVD is
   * wrong.
   */
  function outcomes(lost: number, won: number): readonly [EvaluationRow, Uint8Array][] {
    const right = (from: number, to: number): Uint8Array =>
      Uint8Array.from({ length: images }, (_, i) => Number(i >= from && i < to));
    return [
      [measured('svd', 2, 0.9, null, 1000), right(0, 900)],
      [measured('svd', 4, 0.8, null, 250), right(0, 800)],
      [measured('cur-deim', 2, (900 - lost + won) / images, null), right(lost, 900 + won)],
    ];
  }

  function said(pairs: readonly [EvaluationRow, Uint8Array][]): string {
    return sentencesOf(
      summaryOf(
        pairs.map(([row]) => row),
        undefined,
        pairs,
      ),
    ).at(-1)!;
  }

  it('is put into words, from the result of the test', () => {
    const start = 'Post-hoc, at equal numbers of parameters, cur-deim';
    expect(said(outcomes(10, 50))).toMatch(
      /^Post-hoc, at equal numbers of parameters, cur-deim beats svd: \+4\.00 points \(95% interval \+2\.\d\d to \+5\.\d\d\) at the only rate compared\.$/,
    );
    expect(said(outcomes(50, 10))).toContain(`${start} is worse than svd: −4.00 points`);
    // Ahead, but by chance.
    expect(said(outcomes(50, 55))).toContain(`${start} is not shown to differ from svd: +0.50`);
    const untested = summaryOf(outcomes(10, 50).map(([row]) => row));
    expect(sentencesOf(untested).at(-1)).toBe(
      `${start} comes nearest to svd: +4.00 points at the only rate compared; this was not tested.`,
    );
    expect(untested.hypotheses[0]).toMatchObject({ estimate: null, verdict: 'not tested' });
  });

  it('corrects for the number of tests', () => {
    const one = outcomes(25, 43);
    const rows = one.map(([row]) => row);
    expect(summaryOf(rows, undefined, one).hypotheses[0]!.verdict).toBe('better');
    const more = Array.from({ length: 9 }, (_, i): [EvaluationRow, Uint8Array] => [
      { ...one[2]![0], method: `cur-${i}`, label: `cur-${i}` },
      one[0]![1],
    ]);
    const all = [...one, ...more];
    const { hypotheses } = summaryOf(
      all.map(([row]) => row),
      undefined,
      all,
    );
    const deim = hypotheses.find(({ method }) => method === 'cur-deim')!;
    expect(deim.verdict).toBe('no difference shown');
    expect(deim.test!.p).toBeCloseTo(2 * deim.estimate!.pAbove, 12);
    expect(deim.test!.adjusted).toBeCloseTo(10 * deim.test!.p, 12);
    expect(deim.test!.level).toBeCloseTo(1 - 0.05 / 10, 12);
    expect(deim.test!.lower).toBeLessThan(0);
  });

  it('weights the images of two SVD points by their shares', () => {
    const [one, two, [cur, right]] = outcomes(0, 0) as [
      [EvaluationRow, Uint8Array],
      [EvaluationRow, Uint8Array],
      [EvaluationRow, Uint8Array],
    ];
    // Halfway between: SVD classifies 800 correctly, and half of each of the next 100.
    const half = { ...cur, parameters: { ...cur.parameters, classifier: 500 } };
    const pairs = [one, two, [half, right]] as [EvaluationRow, Uint8Array][];
    const [{ estimate }] = summaryOf(
      pairs.map(([row]) => row),
      undefined,
      pairs,
    ).hypotheses as [Hypothesis];
    expect(estimate!.mean).toBeCloseTo(0.05, 12);
    // 100 images with a difference of one half, 900 without a difference, and the one image that is added.
    expect(estimate!.standardError ** 2).toBeCloseTo(
      (100 * 0.45 ** 2 + 900 * 0.05 ** 2 + 1) / 999 / 1000,
      12,
    );
  });

  it('treats draws as draws, and several trainings as a sample', () => {
    const repetitions = (options: Parameters<typeof fakeRows>[1]) => {
      const rows = fakeRows('mnist', { protocols: ['posthoc'], images: 500, ...options });
      const [study] = studiesOf(rows, [], fakeOutcomes(rows));
      return summarise(study!).hypotheses.map(({ estimate }) => estimate!.repetitions);
    };
    expect(repetitions({ seeds: [0, 1, 2, 3] })).toEqual([4, 4, 4]);
    expect(repetitions({ seeds: [0, 1, 2, 3], trainings: [0, 1] })).toEqual([2, 2, 2]);
    expect(repetitions({ seeds: [0] })).toEqual([1, 1, 1]);
  });
});

describe('sentencesOf', () => {
  it('describes what was compressed, how far without loss, and which method won', () => {
    const { rows, outcomes } = fakeInput();
    const [study] = studiesOf(rows, [], outcomes);
    expect(
      sentencesOf(summarise(study!))
        .join('\n')
        .replace(/[\u00a0\u202f]/g, ' '),
    ).toMatchSnapshot();
  });

  it('names only a few of many', () => {
    const { rows, outcomes } = fakeInput({ methods: MANY_METHODS, images: 1000 });
    const [study] = studiesOf(rows, [], outcomes);
    const sentences = sentencesOf(summarise(study!));
    expect(Math.max(...sentences.map((sentence) => sentence.length))).toBeLessThan(480);
    expect(sentences.join('\n').replace(/[\u00a0\u202f]/g, ' ')).toMatchSnapshot();
  });

  it('compares the published protocol at CR 1 with the post-hoc one', () => {
    const rows = fakeRows('cifar10', { protocols: ['posthoc', 'published'], rates: [1, 10] });
    const said = sentencesOf(summarise(studiesOf(rows, [])[0]!)).join('\n');
    expect(said).toMatch(
      /At CR\u00a01, where nothing is compressed, results of the published protocol differ from the baseline by \+1\.6\d points in the median, and post-hoc ones by 0\.00\./,
    );
    const clean = fakeRows('cifar10', { protocols: ['posthoc'] });
    expect(sentencesOf(summarise(studiesOf(clean, [])[0]!)).join()).not.toContain(
      'published protocol',
    );
  });

  it('does not report that only CR 1 failed', () => {
    const sentences = sentencesOf(
      summaryOf([measured('svd', 1, 0.992, null, 2000), measured('cur-deim', 2, 0.992, null)]),
    );
    expect(sentences.at(-1)).toMatch(
      /up to CR\u00a02 with cur-deim \(true CR 2\.00, 99\.20%, [^;]*\)\.$/,
    );
    const alone = sentencesOf(summaryOf([measured('svd', 1, 0.992, null, 2000)]));
    expect(alone.at(-1)).toBe('Post-hoc, only CR\u00a01 was tried, which compresses nothing.');
  });

  it('has a sentence for no results', () => {
    expect(sentencesOf(summaryOf([]))).toContain('Nothing was compressed.');
  });
});

describe('warningsOf', () => {
  it('has none for a clean study', () => {
    const options = { trainings: [0, 1], rates: [1, 2, 5, 10] };
    const { rows, outcomes } = fakeInput(options);
    const [study] = studiesOf(rows, [], outcomes);
    expect(warningsOf(summarise(study!))).toEqual([]);
  });

  it('reports the limits of the tests', () => {
    const warned = (options: Parameters<typeof fakeInput>[0]) => {
      const { rows, outcomes } = fakeInput({ rates: [2, 5], images: 500, ...options });
      return warningsOf(summarise(studiesOf(rows, [], outcomes)[0]!)).join('\n');
    };
    expect(warned({})).toMatch(/^All results are from one network: [^\n]*$/);
    expect(warned({ seeds: [0] })).toContain('If a random method was drawn once');
    const { rows, outcomes } = fakeInput({ rates: [2, 5], images: 500, seeds: [0] });
    expect(sentencesOf(summarise(studiesOf(rows, [], outcomes)[0]!)).at(-1)).toContain(
      'of one draw)',
    );
    expect(warned({ rates: [2, 100] })).toContain(
      'could not be compared: 3 methods (post-hoc) at CR\u00a0100 and 3 methods (fine-tuned) at CR\u00a0100.',
    );
    const [study] = studiesOf(fakeRows('mnist', { rates: [2, 5] }), []);
    expect(warningsOf(summarise(study!)).join()).toContain('were not tested');
  });

  it('reports the part of the published protocol that is not compression', () => {
    const rows = fakeRows('cifar10', { protocols: ['posthoc', 'published'], rates: [1, 10] });
    const warnings = warningsOf(summarise(studiesOf(rows, [])[0]!)).filter((one) =>
      one.startsWith('At CR\u00a01'),
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /published \(old factors, tuned convolutions\) results differ .*SVD by \+16\d/,
    );
    expect(warnings[0]).toContain('comes from the further training of the convolutions');
  });

  it('reports a sweep that does not start from its baseline', () => {
    const warned = (accuracy: number) =>
      warningsOf(summaryOf([measured('svd', 1, accuracy, null)]));
    expect(warned(0.993)).toEqual([]);
    expect(warned(0.9931)).toEqual([
      'At CR\u00a01, where nothing is compressed, post-hoc results differ from the baseline in the number of samples classified correctly: svd by +11. So the sweep does not start from this baseline, and differences of this size are not due to compression.',
    ]);
    expect(warned(0.98)[0]).toContain('svd by −120');
  });

  it('compares fine-tuned rows with the control', () => {
    const tuned = { ...measured('svd', 1, 0.995, null), protocol: 'finetuned' } as const;
    const control = { ...baselineRow(), accuracy: 0.995, protocol: 'control' } as const;
    expect(warningsOf(summaryOf([tuned]))[0]).toContain('come from the further training alone');
    expect(warningsOf(summaryOf([tuned, control]))).toEqual([]);
  });

  it('reports single draws, luck, and a missing baseline', () => {
    expect(warningsOf(summaryOf([measured('cur-published', 2, 0.99, 0)]))[0]).toMatch(
      /^Only one seed for all CUR/,
    );
    // A method without randomness needs only one draw.
    expect(warningsOf(summaryOf([measured('cur-deim', 2, 0.99, null)]))).toEqual([]);
    const mixed = [
      measured('cur-published', 2, 0.99, 0),
      measured('cur-published', 2, 0.99, 1),
      measured('cur-published', 4, 0.99, 0),
    ];
    expect(warningsOf(summaryOf(mixed))[0]).toMatch(/^Only one seed for 1 of 2 CUR results/);
    const dip = [measured('svd', 2, 0.5, null), measured('svd', 4, 0.99, null)];
    expect(warningsOf(summaryOf(dip))[0]).toBe(
      'svd (post-hoc) is below the tolerance at CR\u00a02 and within it again at CR\u00a04. That may be luck, so rates beyond the first failure do not count.',
    );
    const [study] = studiesOf([measured('svd', 2, 0.99, null)], []);
    expect(warningsOf(summarise(study!))).toEqual([
      'There is no baseline, so the loss of accuracy by compression is unknown.',
    ]);
  });
});

function summaryOf(
  rows: readonly EvaluationRow[],
  tolerance?: number,
  outcomes: readonly (readonly [EvaluationRow, Uint8Array])[] = [],
): Summary {
  const byKey = new Map(outcomes.map(([row, right]) => [rowKey(row), right]));
  const [study] = studiesOf([baselineRow(), ...rows], [], byKey);
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
    compression: { classifier: 2000 / classifier, total: rate ?? 1 },
    layers: [],
  };
}

it('a saving in bytes is named as such where it is larger than that in parameters', () => {
  const int8 = { method: 'int8', label: 'int8', family: 'int8', knee: 1e6 } as const;
  const svd = { method: 'svd', label: 'SVD', family: 'svd', knee: 60 } as const;
  const options = { methods: [svd, int8], rates: [2, 4], protocols: ['posthoc'] } as const;
  const [baseline] = fakeRows('mnist', options);
  const rows = fakeRows('mnist', options).map((row) =>
    row.family === 'int8'
      ? {
          ...row,
          bytes: baseline!.bytes! / 3.9,
          parameters: baseline!.parameters,
          compression: { classifier: 1, total: 1 },
        }
      : row,
  );
  const said = sentencesOf(summarise(studiesOf(rows, [])[0]!)).join(' ');
  expect(said).toContain('3.90 times fewer bytes');
  expect(said).toMatch(/times fewer parameters\)/);
  expect(said).not.toContain('1.00 times');
});

it('labels leave out a scheme that all compressed networks have, and a sentence names it', () => {
  const rows = fakeRows('mnist', { rates: [2, 5] }).map((row) => ({
    ...row,
    ...(row.rate !== null && { scheme: 'channel' as const, allocation: 'budget' as const }),
  }));
  const [study] = studiesOf(rows, []);
  expect(new Set(study!.rows.map(({ label }) => label))).toContain('CUR (leverage)');
  expect(sentencesOf(summarise(study!)).join(' ')).toContain('(channel, budget ranks), at 2 rates');
  const mixed = [...rows, { ...rows.at(-1)!, scheme: 'spatial' as const }];
  const labels = studiesOf(mixed, [])[0]!.rows.map(({ label }) => label);
  expect(labels).toContain('CUR (leverage) · channel');
  expect(labels).toContain('CUR (leverage) · spatial');
});
