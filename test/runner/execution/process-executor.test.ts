/** The executor with real processes: the entry of the worker, with stages of this test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Invocation, StageNews } from '../../../src/runner/execution/executor.ts';
import { ProcessExecutor } from '../../../src/runner/execution/process-executor.ts';
import { hasGone } from '../../until.ts';

const folder = mkdtempSync(join(tmpdir(), 'worker-'));
const worker = join(folder, 'worker.mjs');
const stages = fileURLToPath(new URL('./worker-stages.ts', import.meta.url));

beforeAll(async () => {
  await esbuild.build({
    entryPoints: [fileURLToPath(new URL('../../../src/worker.ts', import.meta.url))],
    outfile: worker,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    plugins: [
      {
        name: "the test's stages",
        setup: (build) =>
          build.onResolve({ filter: /stages\/index\.ts$/ }, () => ({ path: stages })),
      },
    ],
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const logs = join(folder, 'logs');
let attempts = 0;
let executor: ProcessExecutor;
beforeEach(() => {
  executor = new ProcessExecutor(worker, process.env);
});
afterEach(() => executor.close());

interface Given extends Partial<Invocation> {
  readonly text?: string;
  readonly signal?: AbortSignal;
  readonly onNews?: (news: StageNews) => void;
}

async function act(name: string, given: Given = {}) {
  const { text = '', signal = new AbortController().signal, onNews, ...more } = given;
  const news: StageNews[] = [];
  const invocation: Invocation = {
    type: 'act',
    parameters: { act: name, text },
    inputs: { from: [{ files: { 'a.txt': { path: '/somewhere/a', size: 1 } }, single: false }] },
    outputs: { out: '/somewhere/out' },
    scratch: '/somewhere/scratch',
    commandOptions: { passEnv: [], scratch: [] },
    checkpoints: '/somewhere/checkpoints',
    facts: { backend: 'test 1' },
    cores: 1,
    log: join(logs, `${++attempts}.log`),
    ...more,
  };
  const result = await executor.execute(invocation, signal, (one) => {
    news.push(one);
    onNews?.(one);
  });
  const log = news.flatMap((one) => (one.kind === 'log' ? [one.message] : []));
  return { result, news, log };
}

async function pidOf(given: Given = {}): Promise<number> {
  const { log } = await act('echo', given);
  return (JSON.parse(log[0]!) as { pid: number }).pid;
}

/** The processes that were started. */
function started(): readonly number[] {
  const { all } = executor as unknown as { all: Set<{ child: { pid: number } }> };
  return [...all].map(({ child }) => child.pid);
}

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

describe('a stage in a process', () => {
  it('runs the first stage, on however many cores, in the prewarmed process', async () => {
    executor.prepare();
    executor.prepare();
    const [ahead, ...others] = started();
    expect(others).toEqual([]);
    expect(await pidOf({ cores: 4 })).toBe(ahead);
    // A process that ran on several cores has a backend with several threads, and is not reused.
    expect(await pidOf({ cores: 4 })).not.toBe(ahead);
  });

  it('runs in the prewarmed process, once that is ready', async () => {
    const prewarm = { type: 'act', facts: { backend: 'test 1' }, cores: 2 };
    executor.prepare(prewarm);
    const [ahead] = started();
    const [pid, ...ready] = (await act('prepared', { cores: 2 })).log[0]!.split(' ');
    expect([Number(pid), ready.join(' ')]).toEqual([ahead, 'test 1 on 2']);
  });

  it('runs even if nothing could be prewarmed, and has the reasons in its log, once', async () => {
    executor.prepare({ type: 'unloadable', facts: {}, cores: 1 });
    executor.prepare({ type: 'act', facts: {}, cores: 1 });
    executor.prepare({ type: 'unknown', facts: {}, cores: 1 });
    const { result, log } = await act('prepared');
    expect(result.ok).toBe(true);
    const own = log.filter((line) => !/^(?: +at |help: )/.test(line));
    const failed = 'its process could not be prepared for';
    const bug = 'this is a bug in the program:';
    expect(own).toEqual([
      `${failed} "unloadable": ${bug} no such package`,
      `${failed} "act": ${bug} this stage type declares no fact "backend"`,
      `${failed} "unknown": ${bug} this worker knows no stage type "unknown"`,
      expect.stringMatching(/^\d+ $/),
    ]);
    expect(readFileSync(join(logs, `${attempts}.log`), 'utf8')).toContain(own[0]);
    expect((await act('prepared')).log).toHaveLength(1);
  });

  it('that fails has the reason why it was not prewarmed in its log too', async () => {
    executor.prepare({ type: 'act', facts: {}, cores: 1 });
    const { result, log } = await act('throw');
    expect(result).toMatchObject({ ok: false, error: { message: 'a bug' } });
    expect(log[0]).toMatch(/^its process could not be prepared for "act": /);
  });

  it('leaves no process that was prewarmed for more cores than the stage has', async () => {
    executor.prepare({ type: 'act', facts: { backend: 'test 1' }, cores: 2 });
    const [ahead] = started();
    await pidOf({ cores: 3 });
    await hasGone(ahead!);
  });

  it('does not get a process that is being ended', async () => {
    executor.prepare({ type: 'act', facts: { backend: 'test 1' }, cores: 2 });
    const both = await Promise.all([act('echo', { cores: 3 }), act('echo', { cores: 2 })]);
    expect(both.map(({ result }) => result.ok)).toEqual([true, true]);
  });

  it('gets its invocation, and its messages arrive', async () => {
    const { result, news, log } = await act('echo', { text: 'hello' });
    expect(result).toEqual({ ok: true, value: undefined });
    expect(news[0]).toEqual({ kind: 'progress', progress: { fraction: 0.5, message: 'half' } });
    expect(JSON.parse(log[0]!)).toMatchObject({ text: 'hello', cores: 1, backend: 'test 1' });
    expect(log[1]).toBe('a.txt -> /somewhere/out');
  });

  it('has everything that it prints in the log, line by line', async () => {
    const { result, log } = await act('print');
    expect(result.ok).toBe(true);
    expect(log.filter((line) => !line.startsWith('line '))).toEqual(
      expect.arrayContaining(['one', 'two', 'of another kind', 'gr\u00fc\u00dfe']),
    );
    const lines = log.filter((line) => line.startsWith('line '));
    expect(lines).toHaveLength(2000);
    expect(lines.at(-1)).toMatch(/^line 1999 -{60}$/);
  });

  it("can't send messages after its end", async () => {
    const { news } = await act('late');
    // In the same process.
    await act('echo');
    expect(news).toEqual([]);
  });
});

describe('a process', () => {
  it('takes the next stage after a success', async () => {
    const first = await pidOf();
    expect(await pidOf()).toBe(first);
    const both = await Promise.all([pidOf(), pidOf()]);
    expect(both).toContain(first);
    expect(both[0]).not.toBe(both[1]);
    expect(both).toContain(await pidOf());
  });

  it.each(['throw', 'foresee', 'exit'])('takes none after a stage that did "%s"', async (name) => {
    const before = await pidOf();
    expect((await act(name)).result.ok).toBe(false);
    expect(await pidOf()).not.toBe(before);
    await hasGone(before);
  });

  it('has the variables that its stage asks for, and takes no stage that asks for others', async () => {
    const one = { variables: { THREADS: '1' } };
    const plain = await pidOf();
    const set = await pidOf(one);
    expect(set).not.toBe(plain);
    expect((await act('variable', { ...one, text: 'THREADS' })).log).toEqual(['1']);
    expect((await act('variable', { text: 'THREADS' })).log).toEqual(['undefined']);
    expect(await pidOf(one)).toBe(set);
    expect(await pidOf({ variables: {} })).toBe(plain);
    expect(await pidOf({ ...one, gpus: ['1'] })).not.toBe(set);
  });

  it('ends with a stage that has several cores', async () => {
    const alone = await pidOf();
    const wide = await pidOf({ cores: 2 });
    expect(wide).not.toBe(alone);
    await hasGone(wide);
    expect(await pidOf()).toBe(alone);
  });

  it('is not reused if it died while idle', async () => {
    const idle = await pidOf();
    process.kill(idle, 'SIGKILL');
    await hasGone(idle);
    expect(await pidOf()).not.toBe(idle);
  });

  it('does not outlive the executor', async () => {
    const [idle] = await Promise.all([pidOf(), pidOf()]);
    const { result } = await act('stubborn', { onNews: () => executor.close() });
    expect(result).toMatchObject({ error: { kind: 'died', signal: 'SIGKILL' } });
    await hasGone(idle);
  });

  it('ends when its parent dies', async () => {
    const parent = join(folder, 'parent.mjs');
    // The worker inherits the output of its parent, which closes when both are gone.
    writeFileSync(
      parent,
      `import { fork } from 'node:child_process';
const child = fork(${JSON.stringify(worker)}, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
child.on('message', () => console.log('running'));
child.send({ kind: 'invoke', invocation: {
  type: 'act', parameters: { act: 'stubborn', text: '' }, inputs: {}, outputs: {}, facts: {}, cores: 1,
  log: ${JSON.stringify(join(folder, 'parent.log'))},
} });
`,
    );
    const child = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(child.signalCode).toBe('SIGKILL');
  });
});

describe('a failure', () => {
  it('that is unexpected has a stack', async () => {
    const { result } = await act('throw');
    expect(result).toMatchObject({ ok: false, error: { kind: 'bug', message: 'a bug' } });
    expect(JSON.stringify(result)).toMatch(/worker\.mjs:\d+/);
    expect((await act('throw a text')).result).toMatchObject({
      error: { kind: 'bug', message: 'no error at all' },
    });
    expect((await act('', { type: 'unloadable' })).result).toMatchObject({
      error: { kind: 'bug', message: 'no such package' },
    });
    expect((await act('ask too much')).result).toMatchObject({
      error: {
        kind: 'stage',
        message: expect.stringMatching(/^its input "\w+" has no file "absent\.txt"$/),
      },
    });
  });

  it('in code of the project has only the stack of that code', async () => {
    const module = join(folder, 'own.mjs');
    writeFileSync(
      module,
      `import { readFileSync } from 'node:fs';
      const mine = () => readFileSync('/no/such/file');
      export default { load: async () => ({ run: async () => mine() }) };`,
    );
    const elsewhere = mkdtempSync(join(tmpdir(), 'own-'));
    const own = join(elsewhere, 'own.mjs');
    writeFileSync(own, readFileSync(module));
    const { result } = await act('', { module: own });
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
    const { result } = await act('no such file');
    expect(result).toEqual({
      ok: false,
      error: { kind: 'stage', message: expect.stringMatching(/^ENOENT: no such file/) },
    });
  });

  it('that the stage expected has advice and no stack', async () => {
    const message = 'there is no such thing';
    expect((await act('foresee')).result).toEqual({
      ok: false,
      error: { kind: 'stage', message, advice: 'make one' },
    });
    expect((await act('foresee without advice')).result).toEqual({
      ok: false,
      error: { kind: 'stage', message },
    });
  });

  it('of a process that ends has its exit code, and its last output is in the log', async () => {
    const { result, log } = await act('exit');
    expect(result).toEqual({ ok: false, error: { kind: 'died', code: 3, signal: null } });
    expect(log).toEqual(['the last words']);
  });

  it('of a process that is killed has the signal', async () => {
    const error = { kind: 'died', code: null, signal: 'SIGKILL' };
    expect((await act('killed')).result).toEqual({ ok: false, error });
  });

  it('in a promise that is not awaited ends the process, and is in the log', async () => {
    const { result, log } = await act('floating rejection');
    expect(result).toMatchObject({ error: { kind: 'died', code: 1 } });
    expect(log.join('\n')).toContain('nobody waits for this');
  });

  it('is reported even if a process that the stage started keeps the output open', async () => {
    const { result, log } = await act('holds the output');
    process.kill(Number(log[0]!.replace('child ', '')), 'SIGKILL');
    expect(result).toMatchObject({ error: { kind: 'died', code: 4 } });
  });

  it('because of a missing worker says so', async () => {
    executor = new ProcessExecutor(join(folder, 'absent.mjs'), process.env);
    const { result, log } = await act('echo');
    expect(result).toMatchObject({ error: { kind: 'died', code: 1 } });
    expect(log.join('\n')).toContain('absent.mjs');
  });

  it('to start a process is reported as such', async () => {
    const { execPath } = process;
    process.execPath = join(folder, 'no-node');
    try {
      const { result } = await act('echo');
      expect(JSON.stringify(result)).toContain('its process could not be started: spawn');
    } finally {
      process.execPath = execPath;
    }
  });

  it('to prewarm a process is reported by the stage that needs it', async () => {
    const { execPath } = process;
    process.execPath = join(folder, 'absent');
    try {
      executor.prepare();
      const { result } = await act('echo');
      expect(result).toMatchObject({
        error: { kind: 'stage', message: expect.stringMatching(/could not be started: .*ENOENT/) },
      });
    } finally {
      process.execPath = execPath;
    }
  });

  it('of a process that hangs while it starts is reported', async () => {
    const hanging = join(folder, 'hanging.mjs');
    writeFileSync(hanging, 'setInterval(() => undefined, 1000);');
    const impatient = new ProcessExecutor(hanging, process.env, { startMs: 1 });
    const given = executor;
    executor = impatient;
    const { result } = await act('echo');
    executor = given;
    expect(result).toEqual({
      ok: false,
      error: { kind: 'died', code: null, signal: 'SIGKILL', starting: true },
    });
  });

  it('because of a stage type that the worker does not know is reported', async () => {
    const { result } = await act('', { type: 'other' });
    const message = 'this worker knows no stage type "other"';
    expect(result).toMatchObject({ error: { kind: 'bug', message } });
  });
});

describe('a stop', () => {
  it('reaches the stage, which may still do something', async () => {
    const { result, log } = await act('until stopped', stopping());
    expect(result).toEqual({ ok: false, error: { kind: 'stopped' } });
    expect(log).toEqual(['a checkpoint was written']);
  });

  it('that comes after the end of the stage changes nothing', async () => {
    expect((await act('in spite of a stop', stopping())).result.ok).toBe(true);
    expect((await act('echo')).result.ok).toBe(true);
  });

  it.each(['stubborn', 'busy'])('kills a stage that is %s, after a while', async (name) => {
    const grace = 150;
    executor = new ProcessExecutor(worker, process.env, { graceMs: grace });
    const started = performance.now();
    const { result } = await act(name, stopping());
    expect(result).toEqual({ ok: false, error: { kind: 'stopped' } });
    expect(performance.now() - started).toBeGreaterThanOrEqual(grace - 1);
  });

  it('before the start starts nothing', async () => {
    const { result, news } = await act('echo', { signal: AbortSignal.abort() });
    expect(result).toEqual({ ok: false, error: { kind: 'stopped' } });
    expect(news).toEqual([]);
  });
});
