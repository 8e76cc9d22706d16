import { beforeAll, describe, expect, it } from 'vitest';
import { textWidths } from '../../src/report/charts/font.ts';
import { buildReport, type ReportFiles } from '../../src/report/index.ts';
import { rowKey } from '../../src/report/measurement.ts';
import { fakeInput, MANY_METHODS } from './fake-results.ts';
import { expectSound, notExported } from './sound-report.ts';

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
    expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
    const words = lines.join(' ').replace(/\s+/g, ' ');
    for (const word of longLabel.split(' ')) expect(words).toContain(word);
    expect(words).not.toContain('…');
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
