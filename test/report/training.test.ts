/** The figure and the table of training curves. */
import { describe, expect, it } from 'vitest';
import { canvasOf, USUAL_STYLE } from '../../src/report/charts/canvas.ts';
import { renderSvg } from '../../src/report/charts/render.ts';
import { trainingChart } from '../../src/report/charts/training.ts';
import { buildReport } from '../../src/report/index.ts';
import { en } from '../../src/report/locales/en.ts';
import { ru } from '../../src/report/locales/ru.ts';
import type { CurveRow } from '../../src/report/results.ts';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { csv } from '../../src/report/tables/csv.ts';
import { trainingTable } from '../../src/report/tables/training.ts';
import { fakeInput } from './fake-results.ts';

const canvas = canvasOf(USUAL_STYLE);
const input = fakeInput({ rates: [2, 10], seeds: [0], protocols: ['posthoc'] });
const [{ dataset, model }] = input.rows as [(typeof input.rows)[0]];

function curve(seed: number, more: Partial<CurveRow> = {}): CurveRow {
  const points = Array.from({ length: 40 }, (_, i) => {
    const loss = 2 / (i + 1 + seed);
    const isEnd = (i + 1) % 20 === 0;
    const scores = { accuracy: 0.9, validation_loss: 2 * loss, validation_accuracy: 0.8 };
    return { step: i + 1, epoch: Math.ceil((i + 1) / 20), values: { loss, ...(isEnd && scores) } };
  });
  const about = { dataset, model, trainingSeed: seed, method: null, label: null, rate: null };
  return { ...about, seed: null, tuned: null, points, ...more };
}

const tuned = { tuned: 'all', method: 'svd', label: 'SVD', rate: 2 } as const;
const curves = [curve(0), curve(1), curve(0, tuned), curve(0, { tuned: 'all' })];

function summaryOf(some: readonly CurveRow[]) {
  return summarise(studiesOf(input.rows, [], undefined, undefined, undefined, some)[0]!);
}

describe('training curves', () => {
  it.each([
    ['English', en.figures, ['Training', 'Fine-tuning', 'Loss', 'Original', 'Control']],
    ['Russian', ru.figures, ['Обучение', 'Дообучение', 'Потери', 'Исходная сеть', 'Контроль']],
  ])('are drawn in %s, the same bytes each time', async (_name, texts, words) => {
    const chart = trainingChart(summaryOf(curves), texts, canvas)!;
    const svg = await renderSvg(chart, 'curves', 'page');
    for (const word of words) expect(svg).toContain(`>${word}<`);
    expect(svg).toContain('stroke-dasharray="4,2"');
    expect(
      await renderSvg(trainingChart(summaryOf(curves), texts, canvas)!, 'curves', 'page'),
    ).toBe(svg);
  });

  it('are drawn without scores, of one point, and of a loss that is never a number', async () => {
    const point = { step: 1, epoch: 1, values: { loss: 1 } };
    for (const points of [[point], [{ step: 1, epoch: 1, values: {} }, point]]) {
      const chart = trainingChart(summaryOf([curve(0, { points })]), en.figures, canvas)!;
      expect(await renderSvg(chart, 'curve')).toContain('>Loss<');
    }
    const empty = [[], [{ step: 1, values: {} }]].map((points) => curve(0, { points }));
    expect(trainingChart(summaryOf(empty), en.figures, canvas)).toBeNull();
    expect(trainingChart(summaryOf([]), en.figures, canvas)).toBeNull();
  });

  it('have a table with a row per epoch', () => {
    const lines = csv(trainingTable(summaryOf(curves).study))
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(1 + 2 * curves.length);
    expect(lines[0]).toBe(
      'method,rate,tuned,training_seed,seed,epoch,step,train_loss,train_share,held_out_loss,held_out_share',
    );
    expect(lines[5]).toMatch(/^SVD,2,all,0,,1,20,0\.\d+,0\.9,0\.2,0\.8$/);
  });

  it('of other networks are left out, and none change no file of the report', async () => {
    const exportFigure = async () => ({ pdf: new Uint8Array(), png: new Uint8Array() });
    const without = await buildReport(input, { exportFigure });
    const others = [curve(0, { dataset: 'another' }), curve(0, { model: 'another' })];
    const files = await buildReport({ ...input, curves: others }, { exportFigure });
    expect(files).toEqual(without);
    const whole = await buildReport({ ...input, curves }, { exportFigure });
    const added = [...whole.keys()].filter((path) => !without.has(path));
    expect(added.filter((path) => path.endsWith('.svg'))).toHaveLength(1);
    expect(added.filter((path) => path.endsWith('.csv'))).toHaveLength(2);
  });
});
