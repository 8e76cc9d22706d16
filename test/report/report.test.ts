import { describe, expect, it } from 'vitest';
import { buildReport, type ReportFiles } from '../../src/report/index.ts';
import { fakeInput } from './fake-results.ts';

describe('buildReport', () => {
  it('makes a page, figures and tables', async () => {
    const files = await buildReport(fakeInput());
    expect([...files.keys()]).toEqual([
      'index.html',
      ...['accuracy', 'accuracy-near-baseline', 'parameters', 'spectrum'].flatMap((name) => [
        `figures/${name}-mnist.svg`,
        `figures/${name}-mnist.png`,
      ]),
      ...['best', 'configurations', 'comparison', 'layers', 'results'].flatMap((name) => [
        `tables/${name}-mnist.csv`,
        `tables/${name}-mnist.md`,
      ]),
    ]);
    expectSound(files);
  });

  it('gives the same bytes twice, and for rows in another order', async () => {
    const input = fakeInput();
    const first = await buildReport(input);
    expect(await buildReport(input)).toEqual(first);
    expect(await buildReport({ ...input, rows: [...input.rows].reverse() })).toEqual(first);
  });

  it.each([
    ['a single rate', { rates: [25] }],
    ['a single rate and seed', { rates: [1000], seeds: [0] }],
    ['no fine-tuned rows', { protocols: ['posthoc'] }],
    ['two data sets', { datasets: ['mnist', 'cifar10'] }],
    ['nothing compressed', { protocols: [] }],
    [
      'many rates',
      { rates: Array.from({ length: 41 }, (_, i) => Math.max(1, 25 * i)), seeds: [0] },
    ],
  ] as const)('copes with %s', async (_, options) => {
    expectSound(await buildReport(fakeInput(options)));
  });

  it('copes with no results at all, and with no baseline', async () => {
    const input = fakeInput();
    const none = await buildReport({ ...input, rows: [], spectra: [], provenance: [] });
    expect([...none.keys()]).toEqual(['index.html']);
    const rows = input.rows.filter(({ family }) => family !== 'baseline');
    const files = await buildReport({ ...input, rows });
    expectSound(files);
    expect(files.get('index.html')).toContain('There is no baseline');
    expect(files.has('figures/accuracy-near-baseline-mnist.svg')).toBe(false);
  });

  it('escapes what it is given', async () => {
    const input = fakeInput({ rates: [2, 4], seeds: [0] });
    const label = '<b>&"S|V"';
    const files = await buildReport({
      ...input,
      title: '</title><script>',
      rows: input.rows.map((row) => (row.method === 'svd' ? { ...row, label } : row)),
      settings: { note: '</pre>' },
    });
    expectSound(files);
    const page = files.get('index.html') as string;
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<b>&"');
    expect(page).toContain('&lt;b&gt;&amp;&quot;S|V&quot;');
  });

  it('takes the tolerance as an option', async () => {
    const strict = await buildReport(fakeInput(), { tolerance: 0.001 });
    expect(strict.get('index.html')).toContain('within 0.1 percentage points');
  });
});

/** Holds of every report: the page needs nothing else and links to files that are there. */
function expectSound(files: ReportFiles): void {
  const page = files.get('index.html') as string;
  expect(page).not.toMatch(/<script|<link|<img|@import|url\(|\bNaN\b|undefined|\[object/);
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, target] of page.matchAll(/ href="([^"]*)"/g)) {
    expect(target!.startsWith('#') ? ids.includes(target!.slice(1)) : files.has(target!)).toBe(
      true,
    );
  }
  for (const [path, content] of files) {
    if (path.endsWith('.svg')) {
      expect(content).toMatch(/^<svg role="img" aria-label="[^"]+" /);
      expect(content).not.toMatch(/NaN|undefined|Infinity|clip-path| id="/);
    }
    if (path.endsWith('.png')) expect([...content.slice(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
  }
}
