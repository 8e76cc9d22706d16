/** How a stage fails, stops or takes its process with it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProcessExecutor } from '../../../src/runner/execution/process-executor.ts';
import { type Given, WorkerRig } from './worker-rig.ts';

const rig = new WorkerRig();

/** Stops a stage as soon as it reports that it waits. */
function stopping(): Given {
  const abort = new AbortController();
  return {
    signal: abort.signal,
    onNews: (news) => {
      if (news.kind === 'progress') abort.abort();
    },
  };
}

describe('a failure', () => {
  it('that is unexpected has a stack', async () => {
    const { result } = await rig.act('throw');
    expect(result).toMatchObject({ ok: false, error: { kind: 'bug', message: 'a bug' } });
    expect(JSON.stringify(result)).toMatch(/worker\.mjs:\d+/);
    expect((await rig.act('throw a text')).result).toMatchObject({
      error: { kind: 'bug', message: 'no error at all' },
    });
    expect((await rig.act('', { type: 'unloadable' })).result).toMatchObject({
      error: { kind: 'bug', message: 'no such package' },
    });
    expect((await rig.act('ask too much')).result).toMatchObject({
      error: {
        kind: 'stage',
        message: expect.stringMatching(/^its input "\w+" has no file "absent\.txt"$/),
      },
    });
  });

  it('in code of the project has only the stack of that code', async () => {
    const module = join(rig.folder, 'own.mjs');
    writeFileSync(
      module,
      `import { readFileSync } from 'node:fs';
      const mine = () => readFileSync('/no/such/file');
      export default { load: async () => ({ run: async () => mine() }) };`,
    );
    const elsewhere = mkdtempSync(join(tmpdir(), 'own-'));
    const own = join(elsewhere, 'own.mjs');
    writeFileSync(own, readFileSync(module));
    const { result } = await rig.act('', { module: own });
    rmSync(elsewhere, { recursive: true });
    expect(result).toMatchObject({
      error: {
        kind: 'stage',
        message: expect.stringContaining('ENOENT'),
        stack: expect.anything(),
      },
    });
    const { stack } = (result as unknown as { error: { stack: string } }).error;
    const lines = stack.split('\n').slice(1);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.every((line) => line.includes('own.mjs'))).toBe(true);
  });

  it('of the system has only the message of the system', async () => {
    const { result } = await rig.act('no such file');
    expect(result).toEqual({
      ok: false,
      error: { kind: 'stage', message: expect.stringMatching(/^ENOENT: no such file/) },
    });
  });

  it('that the stage expected has advice and no stack', async () => {
    const message = 'there is no such thing';
    expect((await rig.act('foresee')).result).toEqual({
      ok: false,
      error: { kind: 'stage', message, advice: 'make one' },
    });
    expect((await rig.act('foresee without advice')).result).toEqual({
      ok: false,
      error: { kind: 'stage', message },
    });
  });

  it('of a process that ends has its exit code, and its last output is in the log', async () => {
    const { result, log } = await rig.act('exit');
    expect(result).toEqual({ ok: false, error: { kind: 'died', code: 3, signal: null } });
    expect(log).toEqual(['the last words']);
  });

  it('of a process that is killed has the signal', async () => {
    const error = { kind: 'died', code: null, signal: 'SIGKILL' };
    expect((await rig.act('killed')).result).toEqual({ ok: false, error });
  });

  it('in a promise that is not awaited ends the process, and is in the log', async () => {
    const { result, log } = await rig.act('floating rejection');
    expect(result).toMatchObject({ error: { kind: 'died', code: 1 } });
    expect(log.join('\n')).toContain('nobody waits for this');
  });

  it('is reported even if a process that the stage started keeps the output open', async () => {
    const { result, log } = await rig.act('holds the output');
    process.kill(Number(log[0]!.replace('child ', '')), 'SIGKILL');
    expect(result).toMatchObject({ error: { kind: 'died', code: 4 } });
  });

  it('because of a missing worker says so', async () => {
    rig.executor = new ProcessExecutor(join(rig.folder, 'absent.mjs'), process.env);
    const { result, log } = await rig.act('echo');
    expect(result).toMatchObject({ error: { kind: 'died', code: 1 } });
    expect(log.join('\n')).toContain('absent.mjs');
  });

  it('to start a process is reported as such', async () => {
    const { execPath } = process;
    process.execPath = join(rig.folder, 'no-node');
    try {
      const { result } = await rig.act('echo');
      expect(JSON.stringify(result)).toContain('its process could not be started: spawn');
    } finally {
      process.execPath = execPath;
    }
  });

  it('to prewarm a process is reported by the stage that needs it', async () => {
    const { execPath } = process;
    process.execPath = join(rig.folder, 'absent');
    try {
      rig.executor.prepare();
      const { result } = await rig.act('echo');
      expect(result).toMatchObject({
        error: { kind: 'stage', message: expect.stringMatching(/could not be started: .*ENOENT/) },
      });
    } finally {
      process.execPath = execPath;
    }
  });

  it('of a process that hangs while it starts is reported', async () => {
    const hanging = join(rig.folder, 'hanging.mjs');
    writeFileSync(hanging, 'setInterval(() => undefined, 1000);');
    const impatient = new ProcessExecutor(hanging, process.env, { startMs: 1 });
    const given = rig.executor;
    rig.executor = impatient;
    const { result } = await rig.act('echo');
    rig.executor = given;
    expect(result).toEqual({
      ok: false,
      error: { kind: 'died', code: null, signal: 'SIGKILL', starting: true },
    });
  });

  it('because of a stage type that the worker does not know is reported', async () => {
    const { result } = await rig.act('', { type: 'other' });
    const message = 'this worker knows no stage type "other"';
    expect(result).toMatchObject({ error: { kind: 'bug', message } });
  });
});

describe('a stop', () => {
  it('reaches the stage, which may still do something', async () => {
    const { result, log } = await rig.act('until stopped', stopping());
    expect(result).toEqual({ ok: false, error: { kind: 'stopped' } });
    expect(log).toEqual(['a checkpoint was written']);
  });

  it('that comes after the end of the stage changes nothing', async () => {
    expect((await rig.act('in spite of a stop', stopping())).result.ok).toBe(true);
    expect((await rig.act('echo')).result.ok).toBe(true);
  });

  it.each(['stubborn', 'busy'])('kills a stage that is %s, after a while', async (name) => {
    const grace = 150;
    rig.executor = new ProcessExecutor(rig.worker, process.env, { graceMs: grace });
    const started = performance.now();
    const { result } = await rig.act(name, stopping());
    expect(result).toEqual({ ok: false, error: { kind: 'stopped' } });
    expect(performance.now() - started).toBeGreaterThanOrEqual(grace - 1);
  });

  it('before the start starts nothing', async () => {
    const { result, news } = await rig.act('echo', { signal: AbortSignal.abort() });
    expect(result).toEqual({ ok: false, error: { kind: 'stopped' } });
    expect(news).toEqual([]);
  });
});
