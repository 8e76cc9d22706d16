import { beforeAll, describe, expect, it } from 'vitest';
import { type ExportFigure, exportHere } from '../../src/report/charts/exports.ts';
import { buildReport, type ReportFiles } from '../../src/report/index.ts';
import { fakeInput } from './fake-results.ts';
import { expectSound, expectSoundPdf, notExported } from './sound-report.ts';

/** The scheme is a drawing, not a chart. */
const endsOf = (name: string): readonly string[] => [
  'svg',
  'pdf',
  'png',
  ...(name === 'scheme' ? [] : ['csv', 'vl.json']),
];

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
