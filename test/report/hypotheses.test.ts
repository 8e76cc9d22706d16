/** The verdicts on differences from SVD: p value, interval and verdict never contradict each other. */
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/linalg/random.ts';
import { answersOf } from '../../src/report/answers.ts';
import type { Comparison } from '../../src/report/comparison.ts';
import { ALPHA, countTests, type Hypothesis, judged } from '../../src/report/hypotheses.ts';
import { en } from '../../src/report/locales/en.ts';
import { ru } from '../../src/report/locales/ru.ts';
import {
  crossedDifference,
  type PairedDifferences,
} from '../../src/report/statistics/crossed-difference.ts';
import { studiesOf } from '../../src/report/study.ts';
import { type Summary, summarise } from '../../src/report/summary.ts';
import { bytesTable, hypothesesTable } from '../../src/report/tables/hypotheses.ts';
import { fakeInput, MANY_METHODS } from './fake-results.ts';

const random = randomStream(11, 'hypotheses');

/**
 * A method that is better than SVD by `shift` on each image, on average, with a deviation of `spread` between draws.
 */
function compared(name: string, shift: number, spread: number, draws: number): Comparison {
  const units = Array.from({ length: draws }, (_, draw): PairedDifferences => {
    const own = shift + spread * (random.uniform() - 0.5);
    const values = Float64Array.from({ length: 200 }, () =>
      random.uniform() < 0.5 + own / 2 ? 1 : random.uniform() < 0.5 ? -1 : 0,
    );
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      stratum: 2,
      repetition: String(draw),
      values: values.map((value) => value - mean + own),
    };
  });
  const estimate = crossedDifference(units);
  return {
    method: name,
    label: name,
    family: 'cur',
    phase: 'post-hoc',
    reference: 'SVD',
    points: [],
    beyond: [],
    difference: estimate.mean,
    estimate,
    isOneDraw: draws === 1,
  };
}

function expectConsistent({ test, verdict, estimate }: Hypothesis, tests: number): void {
  const { p, adjusted, level, lower, upper } = test!;
  const excludesZero = lower > 0 || upper < 0;
  const isShown = verdict === 'better' || verdict === 'worse';
  expect(adjusted <= ALPHA).toBe(isShown);
  expect(excludesZero).toBe(isShown);
  if (isShown) expect(verdict).toBe(estimate!.mean > 0 ? 'better' : 'worse');
  expect(adjusted).toBeGreaterThanOrEqual(p);
  expect(p).toBeLessThanOrEqual(1);
  expect(level).toBeGreaterThanOrEqual(1 - ALPHA - 1e-12);
  expect(level).toBeLessThanOrEqual(1 - ALPHA / tests + 1e-12);
  expect((lower + upper) / 2).toBeCloseTo(estimate!.mean, 9);
}

describe('a verdict', () => {
  it('is shown exactly if the corrected p value is small, and if the interval excludes 0', () => {
    const seen = new Set<string>();
    for (let turn = 0; turn < 150; turn += 1) {
      const tests = 1 + random.integer(8);
      const comparisons = Array.from({ length: tests }, (_, i) =>
        compared(
          `m${i}`,
          0.3 * (random.uniform() - 0.5),
          0.2 * random.uniform(),
          1 + random.integer(4),
        ),
      );
      for (const one of judged(comparisons)) {
        expectConsistent(one, tests);
        seen.add(one.verdict);
      }
    }
    expect([...seen].sort()).toEqual(['better', 'no difference shown', 'worse']);
  });

  it('needs a two-sided p value: one test at 5% has the 95% interval', () => {
    const [only] = judged([compared('m', 0.1, 0, 1)]);
    expect(only!.test!.level).toBeCloseTo(0.95, 12);
    expect(only!.test!.lower).toBeCloseTo(only!.estimate!.lower, 12);
    expect(only!.test!.p).toBeCloseTo(
      2 * Math.min(only!.estimate!.pAbove, only!.estimate!.pBelow),
      12,
    );
  });

  it.each([
    ['a few methods', {}],
    ['many methods', { methods: MANY_METHODS }],
    ['one draw', { seeds: [0] }],
    ['several trainings', { trainings: [0, 1, 2] }],
  ])('holds for simulated results: %s', (_what, options) => {
    const { rows, outcomes } = fakeInput({ images: 400, rates: [2, 10, 25], ...options });
    const { hypotheses } = summarise(studiesOf(rows, [], outcomes)[0]!);
    const tests = countTests(hypotheses);
    expect(tests).toBeGreaterThan(3);
    for (const one of hypotheses) expectConsistent(one, tests);
  });
});

describe('the report of the tests', () => {
  const { rows, outcomes } = fakeInput({ images: 400, rates: [2, 10] });
  const summary = summarise(studiesOf(rows, [], outcomes)[0]!);

  it('has the p value, the interval and the level of the verdict', () => {
    const { columns, rows: body } = hypothesesTable(summary);
    for (const [i, { test, verdict }] of summary.hypotheses.entries()) {
      const cells = Object.fromEntries(columns.map(({ id }, at) => [id, body[i]![at]]));
      expect(cells).toMatchObject({
        p: test!.p,
        p_holm: test!.adjusted,
        level: test!.level,
        interval_lower: test!.lower,
        interval_upper: test!.upper,
        verdict,
      });
    }
  });

  it('has unit, side, correction, number of tests and level in the caption', () => {
    const note = en.tables.note('hypotheses', summary);
    for (const part of ['percentage points', 'two-sided', 'Holm', '6 tests', 'at most 5%']) {
      expect(note).toContain(part);
    }
    const russian = ru.tables.note('hypotheses', summary);
    for (const part of ['процентных пунктах', 'двусторонние', 'Холм', ': 6.', 'не больше 5%']) {
      expect(russian).toContain(part);
    }
    const one = { ...summary, hypotheses: summary.hypotheses.slice(0, 1) };
    expect(en.tables.note('hypotheses', one)).toContain('from a single test');
    expect(en.tables.note('hypotheses', { ...summary, hypotheses: [] })).toBe('');
  });

  it('explains why a nearer method is worse and a farther one is not', () => {
    const near = compared('near', -0.02, 0, 1);
    const sure = { ...near, estimate: { ...crossedDifference([steady(-0.02)]) } };
    const far = compared('far', -0.05, 0.9, 2);
    const hypotheses = judged([
      { ...sure, difference: -0.02 },
      { ...far, difference: -0.05, estimate: { ...far.estimate!, mean: -0.05 } },
    ]);
    expect(hypotheses.map(({ verdict }) => verdict)).toEqual(['worse', 'no difference shown']);
    const said = answersOf({ ...summary, hypotheses } as Summary, 'post-hoc').join('\n');
    expect(said).toContain(
      'near is shown to be worse; no difference is shown for far, though the mean is lower than that of near: its interval is wider and reaches 0',
    );
    const russian = ru.sentences({ ...summary, hypotheses } as Summary).join('\n');
    expect(russian).toContain('интервал шире и содержит 0): far');
  });
});

/** The same difference on nearly all of many images. */
function steady(mean: number): PairedDifferences {
  return { stratum: 2, repetition: 'a', values: new Float64Array(100_000).fill(mean) };
}

describe('8 bits alone', () => {
  const methods = [
    { method: 'svd', label: 'SVD', family: 'svd', knee: 60 },
    { method: 'svd int8 bytes', label: 'SVD (int8, bytes)', family: 'svd', knee: 200 },
    { method: 'cur-deim int8 bytes', label: 'DEIM (int8, bytes)', family: 'cur', knee: 6 },
    { method: 'int8', label: 'int8', family: 'int8', knee: 20 },
  ] as const;
  const options = { images: 2000, rates: [1, 2, 5, 10, 25, 50], methods };
  const { rows, outcomes } = fakeInput({ ...options, protocols: ['posthoc'] });
  const summary = summarise(studiesOf(rows, [], outcomes)[0]!);

  it('is compared at equal bytes with what is factored too, in a test of its own', () => {
    const found = summary.inBytes.map(({ method, reference, verdict }) => [
      ...[method, reference, verdict],
    ]);
    expect(found).toEqual([
      ['svd int8 bytes', 'int8', 'better'],
      ['cur-deim int8 bytes', 'int8', 'worse'],
    ]);
    for (const one of summary.inBytes) expectConsistent(one, 2);
    for (const { points } of summary.inBytes) {
      for (const { rate, parameters } of points) {
        const own = rows.filter((row) => row.method === 'svd int8 bytes' && row.rate === rate);
        if (rate > 2) expect(parameters / own[0]!.bytes!).toBeCloseTo(1, 1);
      }
    }
  });

  it('is not compared with SVD at equal numbers of parameters, and is no SVD', () => {
    expect(summary.hypotheses.map(({ method }) => method)).toEqual([
      'svd int8 bytes',
      'cur-deim int8 bytes',
    ]);
    expect(new Set(summary.hypotheses.map(({ reference }) => reference))).toEqual(new Set(['SVD']));
  });

  it('is reported in both languages, with a table and a note', () => {
    const said = en.sentences(summary).join('\n');
    expect(said).toMatch(/Post-hoc, at equal bytes, SVD \(int8, bytes\) beats int8: \+/);
    expect(ru.sentences(summary).join('\n')).toMatch(
      /при равном числе байтов: разложение и int8 лучше одного int8 — 1, хуже — 1 из 2; ближе всех SVD \(int8, bytes\)/,
    );
    expect(bytesTable(summary).rows).toHaveLength(2);
    expect(en.tables.note('bytes', summary)).toContain('minus that of int8 alone');
    expect(ru.tables.note('bytes', summary)).toContain('минус точность одного int8');
    expect(bytesTable({ ...summary, inBytes: [] }).rows).toEqual([]);
  });

  it('is missing without sizes, and without rows of 8 bits alone', () => {
    const unsized = rows.map((row) => ({ ...row, bytes: null }));
    expect(summarise(studiesOf(unsized, [], outcomes)[0]!).inBytes).toEqual([]);
    const others = rows.filter(({ family }) => family !== 'int8');
    expect(summarise(studiesOf(others, [], outcomes)[0]!).inBytes).toEqual([]);
  });
});
