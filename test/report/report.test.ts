import { beforeAll, describe, expect, it } from 'vitest';
import { type ExportFigure, exportHere } from '../../src/report/charts/exports.ts';
import { textWidths } from '../../src/report/charts/font.ts';
import { buildReport, type ReportFiles } from '../../src/report/index.ts';
import { rowKey } from '../../src/report/measurement.ts';
import { fakeInput, MANY_METHODS } from './fake-results.ts';

/** The scheme is a drawing, not a chart. */
const endsOf = (name: string): readonly string[] => [
  'svg',
  'pdf',
  'png',
  ...(name === 'scheme' ? [] : ['csv', 'vl.json']),
];

// A report takes seconds to draw and to export, so the tests share three. Only the first one is exported.
const notExported: ExportFigure = () =>
  Promise.resolve({ pdf: new Uint8Array(), png: new Uint8Array() });

describe('a report', () => {
  const input = fakeInput({ images: 500 });
  let files: ReportFiles;
  beforeAll(async () => {
    files = await buildReport(input);
  });

  it('has a page, figures and tables', () => {
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
      ].flatMap((name) => endsOf(name).map((end) => `figures/${name}-mnist.${end}`)),
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

  it('has valid exports', () => {
    for (const [path, content] of files) {
      if (path.endsWith('.pdf')) expectSoundPdf(content as Uint8Array);
      if (path.endsWith('.png')) expect([...content.slice(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
    }
  });

  it('has the same bytes when it is built again, from rows in another order', async () => {
    // Exports depend only on their SVG and take most of the time, so only some are made.
    const again: ExportFigure = (svg, title) =>
      /spectrum|Scheme|SVD:/.test(title) ? exportHere(svg, title) : notExported(svg, title);
    const others = { ...input, rows: [...input.rows].reverse() };
    const rebuilt = await buildReport(others, { exportFigure: again });
    expect([...rebuilt.keys()]).toEqual([...files.keys()]);
    const isExported = ([, content]: readonly [string, string | Uint8Array]) => content.length > 0;
    const compared = [...rebuilt].filter(isExported);
    expect(compared.filter(([path]) => path.endsWith('.pdf')).length).toBeGreaterThan(1);
    for (const [path, content] of compared) expect(files.get(path), path).toEqual(content);
  });

  it('has the same files and the same CSV in Russian, and no English sentence', async () => {
    const russian = await buildReport(input, { language: 'ru', exportFigure: notExported });
    expect([...russian.keys()]).toEqual([...files.keys()]);
    expectSound(russian);
    const page = russian.get('index.html') as string;
    expect(page).toContain('<html lang="ru">');
    const prose = page
      .replace(/<(svg|script|style|pre|h1|title)\b.*?<\/\1>/gs, '')
      .replace(/<a [^>]*>[^<]*<\/a>/g, '')
      .replace(/<[^>]+>/g, ' ');
    expect(prose.match(/\b(the|of|and|with|at|over|rate|accuracy|difference)\b/gi)).toBeNull();
    for (const [path, content] of files) {
      if (path.endsWith('.csv')) expect(russian.get(path), path).toBe(content);
    }
  });
});

describe('a report with unusual texts and options', () => {
  const given = fakeInput({ images: 100 });
  const longLabel =
    'CUR (leverage), and a name that no line of a terminal has room for, not even alone';
  const labels = new Map([
    ['svd', '<b>&"S|V"'],
    ['cur-leverage', longLabel],
  ]);
  const digest = 'abcdef0123456789'.repeat(4);
  let files: ReportFiles;
  let page: string;
  beforeAll(async () => {
    const input = {
      ...given,
      title: '</title><script>',
      rows: given.rows.map((row) => ({ ...row, label: labels.get(row.method) ?? row.label })),
      sources: new Map([[rowKey(given.rows[0]!), digest]]),
      settings: { note: '</pre>' },
    };
    const options = { colours: { svd: '#12ab34' }, tolerance: 0.01, exportFigure: notExported };
    files = await buildReport(input, options);
    page = files.get('index.html') as string;
  });

  it('escapes its input', () => {
    expectSound(files);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toContain('<b>&"');
    expect(page).toContain('&lt;b&gt;&amp;&quot;S|V&quot;');
  });

  it('has no section of settings if there are none', async () => {
    expect(page).toContain('id="settings"');
    const none = await buildReport({ ...given, settings: [] }, { exportFigure: notExported });
    expect(none.get('index.html')).not.toContain('#settings');
    expect(none.get('index.html')).not.toContain('id="settings"');
  });

  it('draws a method in the requested colour', () => {
    const svgs = [...files].filter(([path]) => path.endsWith('.svg'));
    const drawn = svgs.filter(([, text]) => String(text).includes('#12ab34')).map(([path]) => path);
    expect(drawn.join()).toMatch(/accuracy.*tradeoff/);
    for (const [path, text] of svgs) {
      if (/accuracy|tradeoff|parameters/.test(path)) expect(String(text)).not.toContain('#0072B2');
    }
  });

  it('takes the tolerance as an option', () => {
    expect(page).toContain('within 1 percentage points');
  });

  it('has the scores of each row', () => {
    const csv = files.get('tables/results-mnist.csv') as string;
    expect(csv.match(/,abcdef012345$/gm)).toHaveLength(1);
  });

  it('has a summary for a terminal, in 80 columns', () => {
    const lines = (files.get('summary.txt') as string).split('\n');
    expect(lines[0]).toBe('</title><script>');
    expect(lines.some((line) => /^<b>&"S\|V" +post-hoc +99\.\d\d%/.test(line))).toBe(true);
    // Six rates and CR 1 of SVD, minus those that another series hides.
    expect(lines.filter((line) => line.includes('│')).length).toBe(2 * 12);
    const tooLong = lines.filter((line) => [...line].length > 80 && !line.includes(longLabel));
    expect(tooLong).toEqual([]);
  });
});

describe('a report of many methods', () => {
  const long = ' of a very long name that no column of a journal has room for';
  let files: ReportFiles;
  beforeAll(async () => {
    const options = { methods: MANY_METHODS, datasets: ['mnist', 'cifar10'], images: 100 };
    const { rows, ...input } = fakeInput({ ...options, rates: [2, 10, 50] });
    // Long names on one data set, the usual ones on the other.
    const named = rows.map((row) =>
      row.dataset === 'cifar10' ? { ...row, label: row.label + long } : row,
    );
    files = await buildReport({ ...input, rows: named }, { exportFigure: notExported });
  });

  it('gives each method a panel, and folds long parts', () => {
    expectSound(files);
    const page = files.get('index.html') as string;
    const panels = files.get('figures/accuracy-post-hoc-mnist.svg') as string;
    // Long names are broken into lines, and are complete.
    for (const part of ['CUR (DEIM)', 'CUR (interpolative decomposition,', 'sketched)']) {
      expect(panels).toContain(`>${part}<`);
    }
    expect(panels.match(/>CUR \(|>SVD \(/g)).toHaveLength(MANY_METHODS.length - 1);
    expect(page.match(/<nav .*<\/nav>/)![0].match(/<li>/g)).toHaveLength(3);
    expect(page).toContain('href="#figures-mnist"');
    const shown = page.replace(/<details>.*?<\/details>/gs, '');
    expect(shown.match(/<table/g)).toHaveLength(4);
    expect(shown.match(/<figure/g)).toHaveLength(8);
    expect(page.length).toBeLessThan(2_000_000);
  });

  it('keeps names of any length separate, and inside the figure', () => {
    const widthOf = textWidths();
    let count = 0;
    for (const [path, svg] of files) {
      if (!path.endsWith('.svg')) continue;
      const [, left, width] = /viewBox="(\S+) 0 (\S+) /.exec(svg as string)!;
      // Labels of legends begin at different positions in a row.
      const legends = [...(svg as string).matchAll(/translate\(14,8\)"[^>]*>([^<]+)<\/text>/g)];
      for (const [, label] of legends) {
        if (label!.includes('of a very')) count++;
        expect(widthOf(label!, 10)).toBeLessThan(Number(width) + Number(left) - 60);
      }
    }
    expect(count).toBeGreaterThan(0);
  });
});

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

/** True of every report: the page needs no other files and links only to existing ones. */
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
  }
}

/** One page, no wider than that of a journal, with a part of the font. Its only date is the first. */
function expectSoundPdf(pdf: Uint8Array): void {
  const text = Buffer.from(pdf).toString('latin1');
  const [, width] = /MediaBox \[0 0 ([\d.]+) /.exec(text)!;
  expect(['249.45', '510.24']).toContain(Number(width).toFixed(2));
  expect(/FontName \/[A-Z]{6}\+DejaVuSans/.test(text)).toBe(true);
  expect(text.match(/D:\d{14}Z/g)).toEqual(['D:19700101000000Z']);
}
