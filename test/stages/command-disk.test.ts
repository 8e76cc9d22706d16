/** An error of the disk becomes a short message, while the folder of a command is filled and while its outputs are stored. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { StageContext } from '../../src/runner/graph/stage-type.ts';
import type { CommandParameters } from '../../src/stages/shared/commands/command-run.ts';

const refused = vi.hoisted(() => ({
  call: '',
  code: '',
  problem: undefined as Error | undefined,
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const wrapped: Record<string, unknown> = { ...real };
  for (const name of ['chmodSync', 'renameSync', 'copyFileSync', 'readdirSync'] as const) {
    wrapped[name] = (...args: unknown[]) => {
      if (refused.call !== name || !String(args[0]).includes('/scratch/folder')) {
        return (real[name] as (...all: unknown[]) => unknown)(...args);
      }
      if (refused.problem) throw refused.problem;
      const { code } = refused;
      const message = `${code}: refused, ${name} '${args[0]}'`;
      throw Object.assign(new Error(message), { code, syscall: name, errno: -1, path: args[0] });
    };
  }
  return { ...wrapped, default: wrapped };
});

const { runCommand } = await import('../../src/stages/shared/commands/command-run.ts');
const { StageError } = await import('../../src/runner/graph/stage-type.ts');

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'command-disk-'));
  for (const name of ['scratch', 'out', 'given']) mkdirSync(join(root, name));
  writeFileSync(join(root, 'given/x'), 'x');
  refused.problem = undefined;
});
afterEach(() => {
  refused.call = '';
  rmSync(root, { recursive: true, force: true });
});

/** The error of a command whose output folder is read-only when the command ends. */
async function failure(): Promise<Error> {
  const context = {
    parameters: {
      run: ['mkdir d; cat given.txt > d/x; chmod 500 d'],
      with: {},
      params: {},
      env: {},
      outputs: { d: 'd' },
    },
    ports: ['given.txt'],
    input: () => ({
      files: ['x'],
      single: true,
      file: () => ({ path: join(root, 'given/x'), size: 1 }),
      path: () => join(root, 'given/x'),
    }),
    output: () => join(root, 'out'),
    single: () => undefined,
    scratch: join(root, 'scratch'),
    checkpoints: join(root, 'checkpoints'),
    cores: 1,
    commandOptions: { passEnv: [], scratch: [] },
    environment: process.env,
    signal: new AbortController().signal,
    progress: () => undefined,
    point: () => undefined,
    log: () => undefined,
  } as unknown as StageContext<CommandParameters>;
  return await runCommand(context).then(
    () => new Error('it ended well'),
    (problem: unknown) => problem as Error,
  );
}

it('without an error there is no message', async () => {
  expect((await failure()).message).toBe('it ended well');
});

it.each([
  ['renameSync', 'EIO', 'its outputs could not be stored', 'check the disk'],
  ['chmodSync', 'EPERM', 'its inputs could not be put in its folder', 'if a container made it'],
  ['readdirSync', 'EACCES', 'its outputs could not be stored', 'if a container made it'],
])('%s (%s): %s', async (call, code, what, advice) => {
  Object.assign(refused, { call, code });
  const problem = await failure();
  expect(problem).toBeInstanceOf(StageError);
  expect(problem.message).toContain(`${what}: ${code}: refused, ${call}`);
  expect((problem as InstanceType<typeof StageError>).advice).toContain(advice);
});

it('a full disk is reported elsewhere', async () => {
  Object.assign(refused, { call: 'renameSync', code: 'ENOSPC' });
  expect(await failure()).toMatchObject({ code: 'ENOSPC' });
});

it('a bug stays a bug', async () => {
  Object.assign(refused, { call: 'renameSync', problem: new TypeError('a bug') });
  expect(await failure()).toBe(refused.problem);
});
