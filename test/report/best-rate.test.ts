/** How far a method can compress: the last rate before the first failure, compared with the right reference. */
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/linalg/random.ts';
import type { EvaluationRow, Protocol } from '../../src/nn/evaluation-row.ts';
import type { Tuned } from '../../src/nn/model/history.ts';
import { lastBeforeFailure } from '../../src/report/best-rate.ts';
import { accuracyChart } from '../../src/report/charts/accuracy.ts';
import { canvasOf, USUAL_STYLE } from '../../src/report/charts/canvas.ts';
import { figuresOf } from '../../src/report/figures.ts';
import { en } from '../../src/report/locales/en.ts';
import { ru } from '../../src/report/locales/ru.ts';
import { publishedCurve } from '../../src/report/published/curves.ts';
import { sentencesOf } from '../../src/report/sentences.ts';
import type { Summary } from '../../src/report/summary.ts';
import { bestRatesTable } from '../../src/report/tables/best-rates.ts';
import { warningsOf } from '../../src/report/warnings.ts';
import { fakeRows } from './fake-results.ts';
import { compressed, FULL, row, summaryOf, trueRateAt } from './rate-rows.ts';

describe('the best rate on the published curves', () => {
  // The baseline is the accuracy of CUR at its smallest rates. A tenth of a point more or less changes nothing.
  it.each([
    ['mnist', 'cur', 0.9941, 41, 88],
    ['mnist', 'svd', 0.9941, 500, 500],
    ['cifar10', 'cur', 0.7341, 19, 43],
    ['cifar10', 'svd', 0.7341, 400, 675],
  ] as const)('of %s by %s', (dataset, family, baseline, best, largest) => {
    const { points } = publishedCurve({ dataset, measure: 'accuracy', model: 'VGG-11' }, family)!;
    const rows = points.map(({ rate, accuracy, parameters }) => row(rate, accuracy, parameters));
    const found = summaryOf([row(null, baseline, FULL), ...rows]).best;
    expect(found).toMatchObject([{ at: { rate: best }, reference: 'baseline' }]);
    // The largest rate that passes is different, and depends on luck.
    expect(found[0]!.againAt.at(-1) ?? best).toBe(largest);
    // Many rates have the same rank there, so the true rate is shown.
    expect(found[0]!.name!.real).toBeCloseTo(
      FULL / points.find(({ rate }) => rate === best)!.parameters,
      9,
    );
  });
});

it('is not compared with that of another network', () => {
  const vit = { dataset: 'mnist', measure: 'accuracy', model: 'vit' } as const;
  expect(publishedCurve(vit, 'svd')).toBeNull();
});

describe('the rule', () => {
  const random = randomStream(3, 'curves');
  const curves = Array.from({ length: 300 }, () =>
    Array.from({ length: 1 + random.integer(12) }, (_, i) => ({
      rate: i + 1,
      gain: -0.01 * random.uniform() - 0.001 * i * random.uniform(),
    })),
  );
  const within = (tolerance: number) => (point: { readonly gain: number }) =>
    point.gain >= -tolerance;

  it('never goes beyond a rate that fails', () => {
    for (const curve of curves) {
      const best = lastBeforeFailure(curve, within(0.005));
      for (const point of curve.slice(0, best?.rate ?? 0)) {
        expect(within(0.005)(point)).toBe(true);
      }
      const next = curve[best?.rate ?? 0];
      if (next) expect(within(0.005)(next)).toBe(false);
    }
  });

  it('never gets smaller with a larger tolerance', () => {
    for (const curve of curves) {
      const rates = [0, 0.002, 0.004, 0.006, 0.008, 0.02].map(
        (tolerance) => lastBeforeFailure(curve, within(tolerance))?.rate ?? 0,
      );
      expect(rates).toEqual([...rates].sort((a, b) => a - b));
    }
  });

  it('uses the true rate, independent of the nominal rate', () => {
    const found = summaryOf([
      row(null, 0.99, FULL),
      row(2, 0.99, 50_000_000),
      // Its nominal rate is lower than that of the next, but the network is smaller.
      row(9, 0.5, 10_000_000),
      row(10, 0.99, 20_000_000),
    ]).best[0]!;
    expect([found.at!.rate, found.failedAt, found.againAt]).toEqual([10, 9, []]);
  });
});

describe('the reference', () => {
  const tuned = (accuracy: number, scope: Tuned | null): EvaluationRow =>
    row(2, accuracy, 1000, { protocol: 'finetuned', tuned: scope });
  const control = (accuracy: number, scope: Tuned | null): EvaluationRow =>
    row(null, accuracy, FULL, { protocol: 'control', tuned: scope });
  const best = (...rows: readonly EvaluationRow[]) =>
    summaryOf([row(null, 0.98, FULL), ...rows]).best[0]!;

  it('of tuned networks is the control of the same budget', () => {
    // Within half a point of the baseline, but not of the network with the same training and no compression.
    const found = best(tuned(0.982, 'classifier'), control(0.99, 'classifier'));
    expect(found).toMatchObject({ at: null, reference: 'control' });
    expect(best(tuned(0.986, null), control(0.99, null)).at!.margin).toBeCloseTo(-0.004, 12);
  });

  it('is a control that was tuned in the same way; otherwise the baseline, with a note', () => {
    expect(best(tuned(0.982, 'all'), control(0.99, 'classifier')).reference).toBe('baseline');
    expect(best(tuned(0.982, 'factors'), control(0.99, 'classifier')).reference).toBe('control');
    const rows = [row(null, 0.98, FULL), tuned(0.982, 'all'), control(0.99, 'classifier')];
    const note = en.tables.note('best', summaryOf(rows));
    expect(note).toContain('compared with the baseline: fine-tuned (whole network)');
    const clean = [row(null, 0.98, FULL), tuned(0.982, 'all'), control(0.99, 'all')];
    expect(en.tables.note('best', summaryOf(clean))).not.toContain('No network');
  });

  it('of compressed networks that were not tuned is the baseline', () => {
    expect(best(row(2, 0.979, 1000), control(0.99, null)).reference).toBe('baseline');
  });

  it('is of the same training', () => {
    const rows = [0, 1].flatMap((trainingSeed) => {
      const shift = trainingSeed / 10;
      return [
        row(null, 0.8 + shift, FULL, { trainingSeed }),
        row(null, 0.85 + shift, FULL, { trainingSeed, protocol: 'control' }),
        row(2, 0.849 + shift, 1000, { trainingSeed, protocol: 'finetuned' }),
      ];
    });
    expect(summaryOf(rows).best[0]!.at!.margin).toBeCloseTo(-0.001, 12);
  });
});

describe('the tolerance in the figure', () => {
  interface Drawn {
    readonly data: { readonly values: readonly Readonly<Record<string, unknown>>[] };
  }

  it('is below the control in the panel of fine-tuned rows, and the caption says so', () => {
    const summary = summaryOf(fakeRows('mnist', { rates: [2, 10] }));
    const chart = accuracyChart(
      summary,
      'near-baseline',
      en.figures,
      canvasOf(USUAL_STYLE),
    ) as unknown as Drawn;
    const lines = chart.data.values.filter(({ method }) => String(method).startsWith('Tolerance'));
    expect(lines.map(({ panel }) => panel)).toEqual(['Post-hoc', 'Fine-tuned']);
    expect(lines[0]!.y).toBeCloseTo(-0.5, 9);
    expect(lines[1]!.y).toBeCloseTo(-0.5 + 0.11, 9);
    const caption = (of: Summary): string =>
      figuresOf(of, en).find(({ name }) => name === 'accuracy-near-baseline-mnist')!.caption;
    expect(caption(summary)).toContain('or of the control if the network was fine-tuned.');
    const posthoc = summaryOf(fakeRows('mnist', { rates: [2, 10], protocols: ['posthoc'] }));
    expect(caption(posthoc)).not.toMatch(/control|tuned/);
  });
});

describe('the shown rate', () => {
  const cells = (rows: readonly EvaluationRow[]) => {
    const { columns, rows: body } = bestRatesTable(summaryOf(rows));
    const last = body.at(-1)!;
    return Object.fromEntries(columns.map(({ id }, i) => [id, last[i]]));
  };
  const said = (rows: readonly EvaluationRow[]): string =>
    sentencesOf(summaryOf(rows)).find((one) => one.includes('stays within'))!;

  it('is shown next to the nominal rate', () => {
    const rows = [row(null, 0.98, FULL), compressed(50, 190_000, 9)];
    expect(cells(rows)).toMatchObject({
      best_rate: trueRateAt(9),
      nominal_rate: 50,
      compared_with: 'baseline',
    });
    expect(said(rows)).toContain('up to CR\u00a050 with SVD (true CR 48.90, 98.00%');
  });

  it('is shown alone if the nominal rate does not describe the network', () => {
    // Rank 1 is the smallest rank at any nominal rate.
    const clamped = [row(null, 0.98, FULL), compressed(1e9, 4200, 1)];
    expect(cells(clamped).best_rate).toBe(trueRateAt(1));
    expect(said(clamped)).toContain('up to a true CR of 440 with SVD (98.00%');
    expect(said(clamped)).not.toContain('000 000');
    expect(warningsOf(summaryOf(clamped)).join().replaceAll('\u202f', ' ')).toContain(
      'far from the nominal rate: SVD at CR\u00a01 000 000 000 (true CR 440).',
    );
    expect(ru.warnings(summaryOf(clamped)).join()).toContain('(истинная 440)');
    const shared = [row(null, 0.98, FULL), compressed(430, 4200, 1), compressed(390, 4200, 1)];
    expect(said(shared)).toContain('up to a true CR of 440');
  });

  it('is that of the whole network if the rate of the layers is unknown, as the note says', () => {
    const whole = { compression: { classifier: 1.7, total: 1.7 } };
    const rows = [row(null, 0.98, FULL), row(8, 0.98, FULL / 1.7, whole)];
    expect(cells(rows).best_rate).toBe(1.7);
    const noteOf = (of: readonly EvaluationRow[], texts: typeof en) =>
      texts.tables.note('best', summaryOf(of));
    expect(noteOf(rows, en)).toContain('Best CR is that of the whole network');
    expect(noteOf(rows, ru)).toContain('всей сети');
    const known = [row(null, 0.98, FULL), compressed(50, 190_000, 9)];
    expect(noteOf(known, en)).not.toContain('whole network');
    expect(noteOf(known, ru)).not.toContain('всей сети');
  });

  it.each([
    ['English', en, /chosen|choice is made on the 10[\s\u202f]000 test images/],
    ['Russian', ru, /тестовым изображениям \(10[\s\u202f]000\)/],
  ] as const)('says on which images it was chosen, in %s', (_language, texts, expected) => {
    for (const protocols of [['posthoc'], ['posthoc', 'finetuned']] as (readonly Protocol[])[]) {
      const note = texts.tables.note('best', summaryOf(fakeRows('mnist', { protocols })));
      expect(note).toMatch(expected);
      expect(/control|контрол/.test(note)).toBe(protocols.length > 1);
    }
  });
});
