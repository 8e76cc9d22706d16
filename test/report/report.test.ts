import { describe, expect, it, vi } from 'vitest';
import { textWidths } from '../../src/report/charts/font.ts';
import { buildReport, type ReportFiles } from '../../src/report/index.ts';
import { rowKey } from '../../src/report/measurement.ts';
import { fakeInput, MANY_METHODS } from './fake-results.ts';

// Each builds whole reports, which takes as long as the machine is busy.
vi.setConfig({ testTimeout: 600_000 });

describe('buildReport', () => {
  it('makes a page, figures and tables', async () => {
    const files = await buildReport(fakeInput({ images: 500 }));
    expect([...files.keys()]).toEqual([
      'index.html',
      'summary.txt',
      ...[
        'differences',
        'accuracy',
        'accuracy-near-baseline',
        'tradeoff',
        'published-svd',
        'published-cur',
        'front',
        'tuning',
        'errors',
        'parameters',
        'ranks',
        'spectrum',
        'scheme',
      ].flatMap((name) => ['svg', 'pdf', 'png'].map((end) => `figures/${name}-mnist.${end}`)),
      ...[
        'best',
        'hypotheses',
        'configurations',
        'front',
        'comparison',
        'published',
        'measures',
        'layers',
        'results',
      ].flatMap((name) => ['csv', 'md', 'tex'].map((end) => `tables/${name}-mnist.${end}`)),
    ]);
    expectSound(files);
    for (const name of ['accuracy', 'parameters', 'spectrum', 'scheme']) {
      expect(files.get(`figures/${name}-mnist.svg`)).toContain(' width="88mm" ');
    }
  });

  it('says where other backends computed, and those that promise nothing', async () => {
    const input = fakeInput({ rates: [25], images: 100 });
    const [model] = input.provenance;
    const page = async (...backends: readonly string[]): Promise<string> => {
      const provenance = backends.map((backend) => ({ ...model!, backend }));
      return String((await buildReport({ ...input, provenance })).get('index.html'));
    };
    expect(await page('wasm 4.22.0', 'wasm 4.22.0')).not.toContain('Several backends');
    expect(await page('wasm 4.22.0', 'tensorflow 2.21.0')).toContain('Several backends');
    const onGpu = await page('webgpu 4.22.0 on a <GPU>');
    expect(onGpu).toContain('webgpu 4.22.0 on a &lt;GPU&gt;, which does not promise');
  });

  it('gives the same bytes twice, and for rows in another order', async () => {
    const input = fakeInput({ images: 500 });
    const first = await buildReport(input);
    expect(await buildReport(input)).toEqual(first);
    expect(await buildReport({ ...input, rows: [...input.rows].reverse() })).toEqual(first);
  });

  it('draws a method in the colour that is asked for', async () => {
    const files = await buildReport(fakeInput({ images: 100 }), { colours: { svd: '#12ab34' } });
    const svgs = [...files].filter(([path]) => path.endsWith('.svg'));
    const drawn = svgs.filter(([, text]) => String(text).includes('#12ab34')).map(([path]) => path);
    expect(drawn.join()).toMatch(/accuracy.*tradeoff/);
    for (const [path, text] of svgs) {
      if (/accuracy|tradeoff|parameters/.test(path)) expect(String(text)).not.toContain('#0072B2');
    }
  });

  it.each([
    ['a single rate', { rates: [25] }],
    ['a single rate and seed', { rates: [1000], seeds: [0] }],
    ['no fine-tuned rows', { protocols: ['posthoc'] }],
    ['two data sets', { datasets: ['mnist', 'cifar10'] }],
    ['nothing compressed', { protocols: [] }],
    ['CR 1 alone', { rates: [1] }],
    ['many methods at one rate', { methods: MANY_METHODS, rates: [25], images: 200 }],
    ['many methods and no SVD', { methods: MANY_METHODS.slice(6), rates: [2, 10], images: 200 }],
    ['several trainings and protocols', { trainings: [0, 1], protocols: ['posthoc', 'published'] }],
    [
      'many rates',
      { rates: Array.from({ length: 41 }, (_, i) => Math.max(1, 25 * i)), seeds: [0] },
    ],
  ] as const)('copes with %s', async (_, options) => {
    const files = await buildReport(fakeInput({ images: 1000, ...options }));
    expectSound(files);
    const hasRates = !('rates' in options) || options.rates.length > 1;
    const isCompressed = !('protocols' in options) || options.protocols.length > 0;
    const charts = [...files.keys()].filter((path) => /^figures\/accuracy-.*svg$/.test(path));
    if (hasRates && isCompressed) expect(charts.length).toBeGreaterThan(0);
  });

  it('gives many methods a panel each, and folds what is long', async () => {
    const options = { methods: MANY_METHODS, datasets: ['mnist', 'cifar10'], images: 200 };
    const files = await buildReport(fakeInput({ ...options, rates: [2, 10, 50] }));
    expectSound(files);
    const page = files.get('index.html') as string;
    const panels = files.get('figures/accuracy-post-hoc-mnist.svg') as string;
    // Long names are broken, and all are there.
    for (const part of ['CUR (DEIM)', 'CUR (interpolative', 'decomposition, sketched)']) {
      expect(panels).toContain(`>${part}<`);
    }
    expect(panels.match(/>CUR \(|>SVD \(/g)).toHaveLength(MANY_METHODS.length - 1);
    expect(page.match(/<nav .*<\/nav>/)![0].match(/<li>/g)).toHaveLength(3);
    expect(page).toContain('href="#figures-mnist"');
    const shown = page.replace(/<details>.*?<\/details>/gs, '');
    expect(shown.match(/<table/g)).toHaveLength(4);
    expect(shown.match(/<figure/g)).toHaveLength(8);
    // 15 methods, of which 9 have 3 draws each, at 3 rates in 2 protocols, and 2 baselines.
    expect(files.get('tables/results-mnist.csv')).toBeDefined();
    expect(page.length).toBeLessThan(2_000_000);
  });

  it('keeps names of any length apart, and in the figure', async () => {
    const long = ' of a very long name that no column of a journal has room for';
    const methods = MANY_METHODS.slice(0, 5).map((one) => ({ ...one, label: one.label + long }));
    const files = await buildReport(fakeInput({ methods, images: 100, rates: [2, 10] }));
    const widthOf = textWidths();
    for (const [path, svg] of files) {
      if (!path.endsWith('.svg')) continue;
      const [, left, width] = /viewBox="(\S+) 0 (\S+) /.exec(svg as string)!;
      // Labels of legends begin at a place of their own, side by side in a row.
      const legends = [...(svg as string).matchAll(/translate\(14,8\)"[^>]*>([^<]+)<\/text>/g)];
      for (const [, label] of legends) {
        expect(widthOf(label!, 10)).toBeLessThan(Number(width) + Number(left) - 60);
      }
    }
  });

  it('leaves tables of many rows to their files', async () => {
    const seeds = Array.from({ length: 30 }, (_, i) => i);
    const files = await buildReport(fakeInput({ seeds, images: 100 }));
    const page = files.get('index.html') as string;
    expect(page).not.toContain('id="results-mnist"');
    expect(page).toContain('href="tables/results-mnist.csv"');
    expect(page).toContain('id="layers-mnist"');
  });

  it('copes with no results at all, and with no baseline', async () => {
    const input = fakeInput({ images: 500 });
    const none = await buildReport({ ...input, rows: [], spectra: [], provenance: [] });
    expect([...none.keys()]).toEqual(['index.html', 'summary.txt']);
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
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toContain('<b>&"');
    expect(page).toContain('&lt;b&gt;&amp;&quot;S|V&quot;');
  });

  it('says on a terminal what was found, in 80 columns', async () => {
    const label =
      'CUR (leverage), and a name that no line of a terminal has room for, not even alone';
    const input = fakeInput({ images: 200 });
    const rows = input.rows.map((row) => (row.method === 'cur-leverage' ? { ...row, label } : row));
    const lines = ((await buildReport({ ...input, rows })).get('summary.txt') as string).split(
      '\n',
    );
    expect(lines[0]).toBe(input.title);
    expect(lines.some((line) => /^SVD +post-hoc +99\.\d\d%/.test(line))).toBe(true);
    // Six rates and CR 1 of SVD, less what another series hides.
    expect(lines.filter((line) => line.includes('│')).length).toBe(2 * 12);
    const tooLong = lines.filter((line) => [...line].length > 80 && !line.includes(label));
    expect(tooLong).toEqual([]);
  });

  it('knows the scores that a row came from', async () => {
    const input = fakeInput({ images: 200, rates: [2, 10] });
    const digest = 'abcdef0123456789'.repeat(4);
    const sources = new Map([[rowKey(input.rows[0]!), digest]]);
    const files = await buildReport({ ...input, sources });
    const csv = files.get('tables/results-mnist.csv') as string;
    expect(csv.match(/,abcdef012345$/gm)).toHaveLength(1);
  });

  it('takes the tolerance as an option', async () => {
    const strict = await buildReport(fakeInput({ images: 500 }), { tolerance: 0.001 });
    expect(strict.get('index.html')).toContain('within 0.1 percentage points');
  });
});

/** Holds of every report: the page needs nothing else and links to files that are there. */
function expectSound(files: ReportFiles): void {
  const page = files.get('index.html') as string;
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page.replace(/<script>.*<\/script>/s, '')).not.toMatch(
    /<link|<img|@import|url\(|\bNaN\b|undefined|\[object/,
  );
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
    if (path.endsWith('.pdf')) expectSoundPdf(content as Uint8Array);
    if (path.endsWith('.png')) expect([...content.slice(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
  }
}

/** One page no wider than a journal's, with a part of the font in it, and no date but the first. */
function expectSoundPdf(pdf: Uint8Array): void {
  const text = Buffer.from(pdf).toString('latin1');
  const [, width] = /MediaBox \[0 0 ([\d.]+) /.exec(text)!;
  expect(['249.45', '510.24']).toContain(Number(width).toFixed(2));
  expect(/FontName \/[A-Z]{6}\+DejaVuSans/.test(text)).toBe(true);
  expect(text.match(/D:\d{14}Z/g)).toEqual(['D:19700101000000Z']);
}

describe('the report in Russian', () => {
  it('has the same files and numbers, and no English sentence', async () => {
    const input = fakeInput({ images: 500 });
    const [english, russian] = [
      await buildReport(input),
      await buildReport(input, { language: 'ru' }),
    ];
    expect([...russian.keys()]).toEqual([...english.keys()]);
    expectSound(russian);
    const page = russian.get('index.html') as string;
    expect(page).toContain('<html lang="ru">');
    const prose = page
      .replace(/<(svg|script|style|pre|h1|title)\b.*?<\/\1>/gs, '')
      .replace(/<a [^>]*>[^<]*<\/a>/g, '')
      .replace(/<[^>]+>/g, ' ');
    expect(prose.match(/\b(the|of|and|with|at|over|rate|accuracy|difference)\b/gi)).toBeNull();
    const rows = (files: ReportFiles): readonly string[] =>
      (files.get('tables/results-mnist.csv') as string)
        .split('\n')
        .map((line) => line.replace(/^("[^"]*"|[^,]*),("[^"]*"|[^,]*),/, ''));
    expect(rows(russian)).toEqual(rows(english));
  });
});
