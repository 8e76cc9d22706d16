/** Bundled first, as in a build, because Node starts no thread from TypeScript. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportHere } from '../../../../src/report/charts/exports.ts';
import type { withExportingThread as WithExportingThread } from '../../../../src/stages/shared/reports/exporting-thread.ts';

const folder = mkdtempSync(join(tmpdir(), 'printing-'));
let withExportingThread: typeof WithExportingThread;

beforeAll(async () => {
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const outfile = join(folder, 'exporting-thread.mjs');
  await esbuild.build({
    entryPoints: ['src/stages/shared/reports/exporting-thread.ts'],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
  ({ withExportingThread } = (await import(pathToFileURL(outfile).href)) as {
    withExportingThread: typeof WithExportingThread;
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const drawing = (label: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 20"><text y="15" font-size="10">${label}</text></svg>`;

const two = { cores: 2, signal: new AbortController().signal };

describe('withExportingThread', () => {
  it('exports the same bytes as the stage itself, each for its figure', async () => {
    const labels = ['SVD', 'CUR', 'Tucker'];
    const there = await withExportingThread(two, (exportFigure) =>
      Promise.all(labels.map((label) => exportFigure(drawing(label), label))),
    );
    expect(there).toEqual(await Promise.all(labels.map((one) => exportHere(drawing(one), one))));
  });

  it('reports the error of a drawing, and exports the others', async () => {
    const clipped = drawing('a').replace('<text', '<g clip-path="url(#a)"/><text');
    const results = await withExportingThread(two, (exportFigure) =>
      Promise.allSettled([exportFigure(clipped, 'a'), exportFigure(drawing('b'), 'b')]),
    );
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    const { reason } = results[0] as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(Error);
    expect((reason as Error).message).toContain('clip paths');
  });

  it('fails pending and later exports when the stage is stopped', async () => {
    const abort = new AbortController();
    const work = withExportingThread({ cores: 2, signal: abort.signal }, async (exportFigure) => {
      const first = exportFigure(drawing('a'), 'a');
      abort.abort();
      await expect(first).rejects.toThrow('ended');
      return exportFigure(drawing('b'), 'b');
    });
    await expect(work).rejects.toThrow('ended');
  });

  it('needs no thread if there is one core', async () => {
    const exports = await withExportingThread({ ...two, cores: 1 }, async (exportFigure) => {
      expect(exportFigure.name).toBe('exportHere');
      return exportFigure(drawing('a'), 'a');
    });
    expect(exports.pdf.length).toBeGreaterThan(0);
  });
});
