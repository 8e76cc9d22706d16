import { describe, expect, it } from 'vitest';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import { measurementOf, rowKey } from '../../src/report/measurement.ts';
import { sentencesOf } from '../../src/report/sentences.ts';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { fakeRows } from './fake-results.ts';
import { measured } from './measured-rows.ts';

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
