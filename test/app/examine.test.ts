import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { examineBackends } from '../../src/app/examine.ts';
import { locateBackend } from '../../src/nn/backends/locate.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'examine-'));
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  vi.stubEnv('LOWRANK_BACKENDS', join(folder, 'none'));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** The first report comes after all backends were started. */
async function examine(): Promise<void> {
  const build = { measure: 'measure.js' } as Parameters<typeof examineBackends>[0];
  for await (const { status } of examineBackends(build, folder, 1)) {
    expect(status).not.toBe('available');
    return;
  }
}

it('an examination outside of a project leaves nothing', async () => {
  await examine();
  expect(readdirSync(folder)).toEqual([]);
});

it.runIf(locateBackend('onnx'))('the runs of a project know what was examined in it', async () => {
  writeFileSync(join(folder, 'pipeline.yaml'), '');
  await examine();
  expect(readdirSync(join(folder, 'artifacts'))).toEqual(['backends.json']);
});
