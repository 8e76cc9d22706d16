import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ExportFigure } from '../../src/report/charts/exports.ts';
import { renderPdf } from '../../src/report/charts/pdf.ts';
import { buildReport, type ReportFiles } from '../../src/report/index.ts';
import { latex } from '../../src/report/tables/latex.ts';
import { latexWidth } from '../../src/report/tables/latex-width.ts';
import { narrowed } from '../../src/report/tables/narrowed.ts';
import type { Table } from '../../src/report/tables/table.ts';
import { fakeInput, MANY_METHODS } from './fake-results.ts';

const column = (id: string, heading: string) => ({ id, heading, quantity: null });

const table = (rows: Table['rows'], ...headings: readonly string[]): Table => ({
  name: 'sample',
  title: 'A sample',
  columns: headings.map((heading) => column(heading.toLowerCase(), heading)),
  rows,
});

describe('narrowed', () => {
  const same = (values: readonly string[]): string => `Same: ${values.join('; ')}.`;

  it('moves columns with one value to the note, except the first and the results', () => {
    const rows = [
      ['a', 'x', '', 'better', '1'],
      ['a', 'x', '', 'better', '2'],
    ];
    const shown = narrowed(
      { ...table(rows, 'Method', 'Kind', 'Gone', 'Verdict', 'Rate'), note: 'A note.' },
      same,
    );
    expect(shown.columns.map(({ heading }) => heading)).toEqual(['Method', 'Verdict', 'Rate']);
    expect(shown.rows[1]).toEqual(['a', 'better', '2']);
    expect(shown.note).toBe('A note. Same: Kind x.');
  });

  it('keeps the columns of a single row', () => {
    expect(narrowed(table([['a', 'x']], 'Method', 'Kind'), same).columns).toHaveLength(2);
  });
});

describe('latex', () => {
  it('breaks headings that are wider than their column', () => {
    const text = latex(table([['1', '2']], 'Method', 'Mean difference (points)'));
    expect(text).toContain('   & Mean \\\\\n   & difference \\\\\n  Method & (points) \\\\\n');
  });

  it('splits a table that is too wide for the page, and repeats the method', () => {
    const long = 'a value of some length that fills a third of a page';
    const text = latex(table([['svd', long, long, long, long]], 'Method', 'A', 'B', 'C', 'D'));
    expect(text.match(/\\begin\{tabular\}/g)!.length).toBeGreaterThan(1);
    expect(text.match(/^ {2}svd &/gm)!.length).toBe(text.match(/\\begin\{tabular\}/g)!.length);
    expect(text.match(new RegExp(long, 'g'))).toHaveLength(4);
  });

  it('lets many rows break over pages', () => {
    const text = latex(
      table(
        Array.from({ length: 60 }, (_, i) => [`${i}`]),
        'Method',
      ),
    );
    expect(text).toContain('\\begin{longtable}');
    expect(text).toContain('\\endhead');
  });

  it('lets parts break over pages if they are longer than a page together', () => {
    const long = 'a value of some length that fills a third of a page';
    const rows = (count: number) => Array.from({ length: count }, () => ['svd', long, long, long]);
    const kinds = [28, 31].map((count) => {
      const text = latex(table(rows(count), 'Method', 'A', 'B', 'C'));
      return [...text.matchAll(/\\begin\{(\w+)\}/g)].map(([, kind]) => kind);
    });
    expect(kinds).toEqual([
      ['tabular', 'tabular'],
      ['longtable', 'longtable'],
    ]);
  });

  it('knows the width of digits, and does not underestimate unknown letters', () => {
    expect(latexWidth('0123456789')).toBeCloseTo(50.1, 6);
    expect(latexWidth('ЩЮ')).toBe(16);
  });
});

const hasLatex =
  spawnSync('pdflatex', ['--version']).status === 0 &&
  spawnSync('kpsewhich', ['booktabs.sty']).status === 0;

describe.skipIf(!hasLatex)(
  'in a two-column article (skipped without pdflatex and booktabs)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'latex-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    function compiled(files: ReportFiles, paper: string): string {
      for (const [path, content] of files) {
        if (!/\.(?:tex|pdf)$/.test(path)) continue;
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
      const short: string[] = [];
      const long: string[] = [];
      for (const [path, content] of files) {
        if (path.endsWith('.pdf')) {
          const svg = String(files.get(path.replace('.pdf', '.svg')));
          const kind = svg.includes(' width="88mm" ') ? 'figure' : 'figure*';
          const width = '[width=\\linewidth]';
          short.push(`\\begin{${kind}}\\includegraphics${width}{${path}}\\end{${kind}}`);
        } else if (path.endsWith('.tex')) {
          const text = String(content);
          if (text.includes('{longtable}')) long.push(`\\input{${path}}`);
          else {
            const kind = text.includes('Fits a column') ? 'table' : 'table*';
            const caption = '\\caption{Two lines of text. '.padEnd(160, 'A caption. ');
            short.push(`\\begin{${kind}}${caption}}\\input{${path}}\\end{${kind}}`);
          }
        }
      }
      const lines = [
        `\\documentclass[${paper},twocolumn]{article}`,
        '\\usepackage{booktabs,longtable,graphicx}',
        '\\begin{document}',
        // LaTeX keeps few figures in memory.
        ...short.flatMap((one, i) => (i % 8 === 7 ? [one, '\\clearpage'] : [one])),
        '\\onecolumn',
        ...long,
        '\\end{document}',
      ];
      writeFileSync(join(folder, 'paper.tex'), `${lines.join('\n')}\n`);
      const run = () =>
        spawnSync('pdflatex', ['-interaction=nonstopmode', '-halt-on-error', 'paper.tex'], {
          cwd: folder,
          encoding: 'utf8',
        });
      // Longtables know their widths in the second run.
      run();
      const { stdout, status } = run();
      expect(status, stdout).toBe(0);
      return stdout;
    }

    const sweep = fakeInput({ images: 100, rates: [1, 2, 5, 10, 25, 50, 100] });
    const long = ' with the ranks & 50% of a budget, as_in_a_script, and no #place to break {it}';
    const labelledBy = (text: string) => ({
      ...sweep,
      rows: sweep.rows.map((row) => ({ ...row, label: `${row.label}${text}` })),
    });

    /** LaTeX reads no PNG, and to draw one takes longer than a PDF. */
    const asPdf: ExportFigure = async (svg, title) => ({
      pdf: await renderPdf(svg, title),
      png: new Uint8Array(),
    });

    it.each([
      ['a4paper', 'the usual methods', fakeInput({ images: 100 })],
      [
        'letterpaper',
        'many methods',
        fakeInput({ images: 100, methods: MANY_METHODS, rates: [2, 10, 50] }),
      ],
      ['a4paper', 'a sweep with three seeds', sweep],
      ['letterpaper', 'long labels', labelledBy(long)],
      ['a4paper', 'a word without a space', labelledBy('W'.repeat(90))],
    ])('all tables and figures fit: %s, %s', async (paper, _, input) => {
      const seen = compiled(await buildReport(input, { exportFigure: asPdf }), paper);
      expect(seen.match(/Overfull.*|Float too large.*/g)).toBeNull();
      expect(seen.match(/^!.*/gm)).toBeNull();
    });
  },
);
