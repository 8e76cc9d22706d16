import { describe, expect, it } from 'vitest';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import type { Hypothesis } from '../../src/report/hypotheses.ts';
import { sentencesOf } from '../../src/report/sentences.ts';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { fakeOutcomes, fakeRows } from './fake-results.ts';
import { measured, summaryOf } from './measured-rows.ts';

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
