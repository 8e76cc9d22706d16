/** What is true of every report. */
import { expect } from 'vitest';
import type { ExportFigure } from '../../src/report/charts/exports.ts';
import type { ReportFiles } from '../../src/report/index.ts';

/** A report takes seconds to draw and to export, so few are exported. */
export const notExported: ExportFigure = () =>
  Promise.resolve({ pdf: new Uint8Array(), png: new Uint8Array() });

/** The page needs no other files and links only to existing ones. */
export function expectSound(files: ReportFiles): void {
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
export function expectSoundPdf(pdf: Uint8Array): void {
  const text = Buffer.from(pdf).toString('latin1');
  const [, width] = /MediaBox \[0 0 ([\d.]+) /.exec(text)!;
  expect(['249.45', '510.24']).toContain(Number(width).toFixed(2));
  expect(/FontName \/[A-Z]{6}\+DejaVuSans/.test(text)).toBe(true);
  expect(text.match(/D:\d{14}Z/g)).toEqual(['D:19700101000000Z']);
}
