import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/report/index.ts';
import { fakeInput, MANY_METHODS } from './fake-results.ts';
import { expectSound, notExported } from './sound-report.ts';

describe('a small report', () => {
  it.each([
    ['a single rate', { rates: [25] }],
    ['a single rate and seed', { rates: [1000], seeds: [0] }],
    ['no fine-tuned rows', { protocols: ['posthoc'], seeds: [0] }],
    ['two data sets', { datasets: ['mnist', 'cifar10'], rates: [2, 10], seeds: [0] }],
    ['nothing compressed', { protocols: [] }],
    ['only CR 1', { rates: [1] }],
    ['many methods at one rate', { methods: MANY_METHODS, rates: [25] }],
    ['many methods and no SVD', { methods: MANY_METHODS.slice(6), rates: [2, 10], seeds: [0] }],
    [
      'several trainings and protocols',
      { trainings: [0, 1], protocols: ['posthoc', 'published'], rates: [1, 10] },
    ],
    [
      'many rates',
      {
        rates: Array.from({ length: 41 }, (_, i) => Math.max(1, 25 * i)),
        seeds: [0],
        protocols: ['posthoc'],
      },
    ],
  ] as const)('copes with %s', async (_, options) => {
    const input = fakeInput({ images: 100, ...options });
    const files = await buildReport(input, { exportFigure: notExported });
    expectSound(files);
    const hasRates = !('rates' in options) || options.rates.length > 1;
    const isCompressed = !('protocols' in options) || options.protocols.length > 0;
    const charts = [...files.keys()].filter((path) => /^figures\/accuracy-.*svg$/.test(path));
    if (hasRates && isCompressed) expect(charts.length).toBeGreaterThan(0);
  });

  it('leaves tables of many rows to their files', async () => {
    const options = {
      seeds: Array.from({ length: 80 }, (_, i) => i),
      protocols: ['posthoc'],
    } as const;
    const input = fakeInput({ ...options, rates: [2, 10], images: 10 });
    const files = await buildReport(input, { exportFigure: notExported });
    const page = files.get('index.html') as string;
    expect(page).not.toContain('id="results-mnist"');
    expect(page).toContain('href="tables/results-mnist.csv"');
    expect(page).toContain('id="layers-mnist"');
  });

  it('works without a baseline', async () => {
    const { rows, ...input } = fakeInput({ images: 100, rates: [2, 10], seeds: [0] });
    const others = rows.filter(({ family }) => family !== 'baseline');
    const files = await buildReport({ ...input, rows: others }, { exportFigure: notExported });
    expectSound(files);
    expect(files.get('index.html')).toContain('There is no baseline');
    expect(files.has('figures/accuracy-near-baseline-mnist.svg')).toBe(false);
  });

  it('works without results', async () => {
    const empty = { ...fakeInput({ rates: [] }), rows: [], spectra: [], provenance: [] };
    expect([...(await buildReport(empty)).keys()]).toEqual(['index.html', 'summary.txt']);
  });

  it('names several backends, and those that do not guarantee the same bytes', async () => {
    const input = { ...fakeInput({ rates: [] }), rows: [], spectra: [] };
    const [model] = input.provenance;
    const page = async (...backends: readonly string[]): Promise<string> => {
      const provenance = backends.map((backend) => ({ ...model!, backend }));
      return String((await buildReport({ ...input, provenance })).get('index.html'));
    };
    expect(await page('wasm 4.22.0', 'wasm 4.22.0')).not.toContain('Several backends');
    expect(await page('wasm 4.22.0', 'tensorflow 2.21.0')).toContain('Several backends');
    const onGpu = await page('webgpu 4.22.0 on a <GPU>');
    expect(onGpu).toContain('webgpu 4.22.0 on a &lt;GPU&gt;, which does not guarantee');
    expect(await page('onnx-gpu 1.30.0 on cuda')).toContain('cuda, which does not guarantee');
  });
});
