/** Times on given numbers: what is faster, slower or noisy, and what the report says of it. */
import { describe, expect, it } from 'vitest';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import { canvasOf, USUAL_STYLE } from '../../src/report/charts/canvas.ts';
import { latencyChart } from '../../src/report/charts/latency.ts';
import { renderSvg } from '../../src/report/charts/render.ts';
import { buildReport } from '../../src/report/index.ts';
import {
  type BatchLatency,
  isNoisy,
  isOfRow,
  type Latencies,
  type LatencyRow,
  quartilesOf,
  speedOf,
} from '../../src/report/latency.ts';
import { en } from '../../src/report/locales/en.ts';
import { ru } from '../../src/report/locales/ru.ts';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { latencyTable, slowerTable } from '../../src/report/tables/latency.ts';
import { fakeInput } from './fake-results.ts';

const around = (median: number, spread = 0.02) =>
  quartilesOf(
    [median * (1 - spread / 2), median, median * (1 + spread / 2)].flatMap((one) => [one, one]),
  );

it('has the quartiles of numpy', () => {
  expect(quartilesOf([4, 1, 3, 2])).toEqual({
    lowerQuartile: 1.75,
    median: 2.5,
    upperQuartile: 3.25,
  });
});

it.each([
  [9, 10, 'faster'],
  [11, 10, 'slower'],
  [10.1, 10, 'no difference shown'],
] as const)('%d beside %d is %s', (time, original, verdict) => {
  expect(speedOf(around(time), around(original))).toBe(verdict);
});

it('is noisy if the runs of either model vary, or if others use the machine', () => {
  const quiet = { time: around(5), original: around(6), runs: 30, memory: 0, othersLoad: 0.05 };
  expect(isNoisy(quiet)).toBe(false);
  expect(isNoisy({ ...quiet, original: null })).toBe(false);
  expect(isNoisy({ ...quiet, time: around(5, 0.5) })).toBe(true);
  expect(isNoisy({ ...quiet, original: around(6, 0.5) })).toBe(true);
  expect(isNoisy({ ...quiet, othersLoad: 0.2 })).toBe(true);
});

const input = fakeInput({
  rates: [2, 10],
  seeds: [0, 1],
  protocols: ['posthoc'],
});

const { rows, outcomes } = input;

function latencyOf(row: EvaluationRow, batches: readonly BatchLatency[]): LatencyRow {
  const { dataset, model, method, label, family, protocol, rate, seed } = row;
  const { trainingSeed = null, tuned = null, scheme = null, allocation = 'uniform' } = row;
  return {
    ...{ dataset, model, trainingSeed, method, label, family, protocol, tuned },
    ...{ scheme, allocation, rate, seed, bytes: 1000, batches },
  };
}

/** Batches of 1 are slower at CR 2 and as fast at CR 10; batches of 64 are faster. */
function batchesOf({ rate, protocol }: EvaluationRow): readonly BatchLatency[] {
  const about = { runs: 30, memory: 5e6, othersLoad: 0 };
  return [1, 64].map((batch): BatchLatency => {
    const original = around(batch);
    if (protocol === 'baseline') return { ...about, batch, time: original, original: null };
    const share = batch === 64 ? 1 / rate! : rate === 2 ? 1.5 : 1;
    return { ...about, batch, time: around(share * batch), original };
  });
}

const latencies: Latencies = {
  processor: 'Test 1, 2 cores',
  onnxruntime: '1.0',
  threads: 1,
  models: rows.map((row) => latencyOf(row, batchesOf(row))),
};
const summaryOf = (given: readonly Latencies[]) =>
  summarise(studiesOf(rows, [], outcomes, new Map(), given)[0]!);

it('belongs to the row of the same model, on any data if it has none', () => {
  const [first, second] = rows as [EvaluationRow, EvaluationRow];
  const latency = latencyOf(first, []);
  expect(isOfRow(latency, first)).toBe(true);
  expect(isOfRow(latency, second)).toBe(false);
  expect(isOfRow(latency, { ...first, dataset: 'other' })).toBe(false);
  expect(isOfRow({ ...latency, dataset: null }, { ...first, dataset: 'other' })).toBe(true);
});

describe('the report', () => {
  const summary = summaryOf([latencies]);

  it('has a row for each configuration and batch, over all draws', () => {
    const configurations = new Set(rows.map(({ label, rate }) => `${label} ${rate}`));
    expect(summary.timings).toHaveLength(2 * configurations.size);
    const random = summary.timings.find(({ of }) => of.isRandom && of.rate === 2)!;
    expect(random).toMatchObject({ runs: 60, compared: { speed: 'slower' } });
    expect(random.compared!.ratio).toBeCloseTo(1.5);
    expect(latencyTable(summary).rows).toHaveLength(summary.timings.length);
  });

  it('names the configurations that compression made slower', () => {
    const { rows: slower, columns } = slowerTable(summary);
    const at = (id: string) => columns.findIndex((column) => column.id === id);
    expect(slower.length).toBeGreaterThan(0);
    for (const row of slower) {
      expect([row[at('rate')], row[at('batch')]]).toEqual([2, 1]);
      expect(row[at('time_ratio')]).toBeCloseTo(1.5);
    }
    const sentences = en.sentences(summary).filter((one) => one.startsWith('In batches of'));
    expect(sentences).toHaveLength(2);
    expect(sentences[0]).toContain(
      'In batches of 1 on one thread, 0 of 8 compressed configurations are faster',
    );
    expect(sentences[0]).toContain('4 are slower: ');
    expect(sentences[1]).toContain('8 of 8 compressed configurations are faster');
    expect(sentences[1]).toContain('none is slower');
    expect(ru.sentences(summary).join(' ')).toContain('Быстрее исходной сети 8 из 8');
  });

  it('warns of noise', () => {
    const isOfNoise = (one: string) => /noisy|шум/.test(one);
    expect([...en.warnings(summary), ...ru.warnings(summary)].filter(isOfNoise)).toEqual([]);
    const models = latencies.models.map((row, i) => {
      const batches = row.batches.map((batch) => ({ ...batch, othersLoad: i === 0 ? 0.5 : 0 }));
      return { ...row, batches };
    });
    const noisy = summaryOf([{ ...latencies, models }]);
    expect(en.warnings(noisy).filter(isOfNoise)[0]).toContain('noisy for 2 of 18');
    expect(ru.warnings(noisy).filter(isOfNoise)).toHaveLength(1);
  });

  const canvas = canvasOf(USUAL_STYLE);

  it('draws accuracy over time for the smallest and the largest batch', async () => {
    const spec = latencyChart(summary, en.figures, canvas)!;
    const { vconcat } = spec as unknown as {
      vconcat: readonly { hconcat: readonly { title: string }[] }[];
    };
    expect(vconcat.map(({ hconcat }) => hconcat.map(({ title }) => title))).toEqual([
      ['Batches of 1, one thread', 'Batches of 64, one thread'],
    ]);
    expect(await renderSvg(spec, 'a chart', 'page')).toContain('</svg>');
    expect(latencyChart(summaryOf([]), en.figures, canvas)).toBeNull();
  });

  it('has files for them, and the machine in the caption', async () => {
    const exportFigure = async () => ({ pdf: new Uint8Array(), png: new Uint8Array() });
    const files = await buildReport({ ...input, latencies: [latencies] }, { exportFigure });
    expect([...files.keys()].filter((name) => /latency|slower/.test(name))).toEqual(
      expect.arrayContaining([
        'figures/latency-mnist.svg',
        'tables/latency-mnist.csv',
        'tables/slower-mnist.md',
      ]),
    );
    expect(files.get('index.html')).toContain('Test 1, 2 cores (ONNX Runtime 1.0)');
    const without = await buildReport(input, { exportFigure });
    expect([...without.keys()].filter((name) => /latency|slower/.test(name))).toEqual([]);
  });
});
