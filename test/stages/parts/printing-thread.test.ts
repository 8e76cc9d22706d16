/** Bundled first, as in a build: Node starts no thread from TypeScript. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printHere } from '../../../src/report/charts/prints.ts';
import type { withPrintingThread as WithPrintingThread } from '../../../src/stages/parts/printing-thread.ts';

const folder = mkdtempSync(join(tmpdir(), 'printing-'));
let withPrintingThread: typeof WithPrintingThread;

beforeAll(async () => {
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const outfile = join(folder, 'printing-thread.mjs');
  await esbuild.build({
    entryPoints: ['src/stages/parts/printing-thread.ts'],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
  ({ withPrintingThread } = (await import(pathToFileURL(outfile).href)) as {
    withPrintingThread: typeof WithPrintingThread;
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const drawing = (label: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 20"><text y="15" font-size="10">${label}</text></svg>`;

const two = { cores: 2, signal: new AbortController().signal };

describe('withPrintingThread', () => {
  it('prints the same bytes as the stage itself, each for its figure', async () => {
    const labels = ['SVD', 'CUR', 'Tucker'];
    const there = await withPrintingThread(two, (print) =>
      Promise.all(labels.map((label) => print(drawing(label), label))),
    );
    expect(there).toEqual(await Promise.all(labels.map((one) => printHere(drawing(one), one))));
  });

  it('tells what is wrong with a drawing, and prints the others', async () => {
    const clipped = drawing('a').replace('<text', '<g clip-path="url(#a)"/><text');
    const results = await withPrintingThread(two, (print) =>
      Promise.allSettled([print(clipped, 'a'), print(drawing('b'), 'b')]),
    );
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    const { reason } = results[0] as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(Error);
    expect((reason as Error).message).toContain('clip paths');
  });

  it('fails what waits for it, and what comes later, when the stage is stopped', async () => {
    const abort = new AbortController();
    const work = withPrintingThread({ cores: 2, signal: abort.signal }, async (print) => {
      const first = print(drawing('a'), 'a');
      abort.abort();
      await expect(first).rejects.toThrow('ended');
      return print(drawing('b'), 'b');
    });
    await expect(work).rejects.toThrow('ended');
  });

  it('needs no thread where there is one core', async () => {
    const prints = await withPrintingThread({ ...two, cores: 1 }, async (print) => {
      expect(print.name).toBe('printHere');
      return print(drawing('a'), 'a');
    });
    expect(prints.pdf.length).toBeGreaterThan(0);
  });
});
