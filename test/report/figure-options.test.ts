import { beforeAll, describe, expect, it } from 'vitest';
import type { ExportFigure } from '../../src/report/charts/exports.ts';
import { renderSvg } from '../../src/report/charts/render.ts';
import type { FigureOptions } from '../../src/report/figure-options.ts';
import { buildReport, type ReportFiles } from '../../src/report/index.ts';
import { fakeInput } from './fake-results.ts';

const notExported: ExportFigure = () =>
  Promise.resolve({ pdf: new Uint8Array(), png: new Uint8Array() });

const input = fakeInput({ images: 100 });

const reportWith = (figures: Partial<FigureOptions>): Promise<ReportFiles> =>
  buildReport(input, { figures, exportFigure: notExported });

const text = (files: ReportFiles, path: string): string => String(files.get(path));

describe('the figures of a report', () => {
  let files: ReportFiles;
  let all: ReportFiles;
  beforeAll(async () => {
    all = await reportWith({});
    files = await reportWith({
      only: ['accuracy', 'tradeoff'],
      methods: ['svd', 'cur-leverage'],
      rates: [5, 50],
      accuracy: [90, 99],
      font: 'serif',
      fontSize: 9,
      widths: { column: 100, page: 200 },
    });
  });

  it('are those that are chosen, while the tables stay the same', () => {
    const figures = [...files.keys()].filter((path) => path.endsWith('.svg'));
    expect(figures).toEqual(['figures/accuracy-mnist.svg', 'figures/tradeoff-mnist.svg']);
    const tables = (of: ReportFiles) => [...of].filter(([path]) => path.startsWith('tables/'));
    expect(tables(files)).toEqual(tables(all));
  });

  it('show only the chosen methods and rates', () => {
    const rows = text(files, 'figures/accuracy-mnist.csv').split('\n');
    const names = new Set(rows.map((row) => /(SVD|CUR[^,]*)/.exec(row)?.[0]).filter(Boolean));
    expect(names).toEqual(new Set(['SVD', 'CUR (leverage)']));
    const at = rows[0]!.split(',').indexOf('rate');
    const rates = rows.slice(1, -1).flatMap((row) => row.split(',')[at] || []);
    expect(Math.min(...rates.map(Number))).toBe(5);
    expect(Math.max(...rates.map(Number))).toBe(50);
  });

  it('end at the limits of the accuracy, and draw nothing outside', () => {
    for (const name of ['accuracy', 'tradeoff']) {
      const [head = '', ...rows] = text(files, `figures/${name}-mnist.csv`).trimEnd().split('\n');
      const columns = head.split(',');
      for (const column of ['accuracy', 'lower', 'upper']) {
        const values = rows.flatMap((row) => row.split(',')[columns.indexOf(column)] || []);
        expect(Math.min(...values.map(Number))).toBeGreaterThanOrEqual(90);
        expect(Math.max(...values.map(Number))).toBeLessThanOrEqual(99);
      }
      expect(text(files, `figures/${name}-mnist.svg`)).not.toMatch(/NaN|undefined|clip-path/);
    }
  });

  it('have the font, the size and the width that are set', () => {
    const svg = text(files, 'figures/accuracy-mnist.svg');
    expect(svg).toContain(' width="100mm" ');
    expect(svg).toContain('DejaVu Serif');
    expect(svg).not.toContain('DejaVu Sans');
    // 10 units are 9 points.
    const [, units] = /viewBox="\S+ \S+ (\S+) /.exec(svg)!;
    expect(100 / Number(units)).toBeCloseTo((0.9 * 25.4) / 72, 2);
    expect(text(files, 'figures/tradeoff-mnist.svg')).toContain(' width="200mm" ');
  });

  it('have text of one size', () => {
    for (const [path, svg] of all) {
      if (!path.endsWith('.svg')) continue;
      const sizes = new Set(String(svg).match(/font-size="[^"]*"/g));
      expect([...sizes], path).toEqual(['font-size="10px"']);
    }
  });

  it('give a method one colour and one mark', () => {
    const page = text(all, 'index.html');
    const leverage = [...page.matchAll(/<path [^>]*data-series="CUR \(leverage\)[^>]*>/g)];
    const strokes = leverage.flatMap(([path]) => /stroke="(#[^"]*)"/.exec(path)?.[1] ?? []);
    expect(strokes.length).toBeGreaterThan(20);
    expect(new Set(strokes).size).toBe(1);
  });

  it('have the methods in the order of their curves in every legend', () => {
    const labels = ['SVD', 'CUR (leverage)', 'CUR (column norms)', 'CUR (LinearTime)'];
    for (const name of ['accuracy', 'tradeoff', 'front']) {
      const svg = text(all, `figures/${name}-mnist.svg`);
      const places = labels.map((label) => svg.lastIndexOf(`>${label}</text>`));
      expect(places, name).toEqual([...places].sort((a, b) => a - b));
      expect(places[0], name).toBeGreaterThan(0);
    }
  });

  it('have their data, and a specification that draws the same', async () => {
    for (const name of ['accuracy', 'published-cur', 'tuning', 'spectrum', 'differences']) {
      const spec = text(all, `figures/${name}-mnist.vl.json`);
      expect(JSON.parse(spec).$schema).toContain('vega-lite');
      expect(spec).not.toMatch(/"(?:tip|series)":/);
      const width = /published|tuning|differences/.test(name) ? 'page' : 'column';
      const drawn = await renderSvg(JSON.parse(spec), '', width);
      const body = (svg: string): string => svg.slice(svg.indexOf('<rect'));
      expect(body(drawn)).toBe(body(text(all, `figures/${name}-mnist.svg`)));
      const [head = '', ...rows] = text(all, `figures/${name}-mnist.csv`).trimEnd().split('\n');
      expect(head).not.toMatch(/\b(?:x|y|tip|series|hue)\b/);
      expect(rows.length).toBeGreaterThan(3);
    }
    expect(text(all, 'figures/published-cur-mnist.csv')).toMatch(/^panel,rate,value,line/);
  });

  it('refuse a method without results', async () => {
    await expect(reportWith({ methods: ['svd', 'cur-levrage'] })).rejects.toThrow(
      'figures.methods names "cur-levrage"',
    );
  });
});
