/** A backend that does not start here is a failure of the machine, not a bug of the program. */
import type { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { ExpectedError } from '../../../src/base/expected-error.ts';

const located = vi.hoisted(() => ({ directory: undefined as string | undefined }));

vi.mock('../../../src/nn/backends/locate.ts', async (original) => ({
  ...(await original<object>()),
  locateBackend: () =>
    located.directory && { directory: located.directory, version: '1', made: true },
}));

const { startBackend } = await import('../../../src/nn/backends/start.ts');

const root = mkdtempSync(join(tmpdir(), 'start-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function packageWith(main: string, files: Readonly<Record<string, string>>): string {
  // Node caches the contents of a folder.
  const folder = mkdtempSync(join(root, 'package-'));
  for (const name in files) writeFileSync(join(folder, name), files[name]!);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ main }));
  return folder;
}

async function failure(name: 'tensorflow' | 'webgpu'): Promise<ExpectedError> {
  const problem = await startBackend(name).catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(ExpectedError);
  expect((problem as ExpectedError).advice).toContain('pipeline doctor');
  return problem as ExpectedError;
}

it.each(['tensorflow', 'webgpu'] as const)(
  'reports that the package of %s is missing',
  async (name) => {
    located.directory = undefined;
    expect((await failure(name)).message).toMatch(/^the package \S+ is not installed$/);
  },
);

it('reports why a package can not be loaded', async () => {
  const main = 'module.exports = require("./library.node");';
  located.directory = packageWith('broken.js', { 'broken.js': main, 'library.node': 'no library' });
  expect((await failure('tensorflow')).message).toMatch(
    /^the backend tensorflow can't be loaded: /,
  );
});

it('rethrows a bug of the package unchanged', async () => {
  located.directory = packageWith('bug.js', { 'bug.js': 'undefined.x;' });
  await expect(startBackend('tensorflow')).rejects.toBeInstanceOf(TypeError);
});

it('leaves the listeners for errors of this process as they are', async () => {
  const faults: EventEmitter = process;
  const listeners = () => [
    faults.listeners('uncaughtException'),
    faults.listeners('unhandledRejection'),
  ];
  const before = listeners();
  await startBackend('wasm');
  expect(listeners()).toEqual(before);
});
