/** Bundles the worker for a test file whose stages measure in a process: Node starts none from TypeScript. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as esbuild from 'esbuild';
import { afterAll, beforeAll } from 'vitest';
import { setWorkerFile } from '../../src/stages/shared/backend/worker-file.ts';

export function bundleWorker(): void {
  const built = mkdtempSync(join(tmpdir(), 'worker-'));
  beforeAll(async () => {
    symlinkSync(resolve('node_modules'), join(built, 'node_modules'));
    await esbuild.build({
      entryPoints: ['src/worker.ts'],
      outdir: built,
      bundle: true,
      splitting: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      outExtension: { '.js': '.mjs' },
    });
    setWorkerFile(join(built, 'worker.mjs'));
  });
  afterAll(() => rmSync(built, { recursive: true, force: true }));
}
