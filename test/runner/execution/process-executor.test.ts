/** Which process runs a stage, and what arrives from it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasGone } from '../../until.ts';
import { WorkerRig } from './worker-rig.ts';

const rig = new WorkerRig();

describe('a stage in a process', () => {
  it('runs the first stage, on however many cores, in the prewarmed process', async () => {
    rig.executor.prepare();
    rig.executor.prepare();
    const [ahead, ...others] = rig.started();
    expect(others).toEqual([]);
    expect(await rig.pidOf({ cores: 4 })).toBe(ahead);
    // A process that ran on several cores has a backend with several threads, and is not reused.
    expect(await rig.pidOf({ cores: 4 })).not.toBe(ahead);
  });

  it('runs in the prewarmed process, once that is ready', async () => {
    const prewarm = { type: 'act', facts: { backend: 'test 1' }, cores: 2 };
    rig.executor.prepare(prewarm);
    const [ahead] = rig.started();
    const [pid, ...ready] = (await rig.act('prepared', { cores: 2 })).log[0]!.split(' ');
    expect([Number(pid), ready.join(' ')]).toEqual([ahead, 'test 1 on 2']);
  });

  it('runs even if nothing could be prewarmed, and has the reasons in its log, once', async () => {
    rig.executor.prepare({ type: 'unloadable', facts: {}, cores: 1 });
    rig.executor.prepare({ type: 'act', facts: {}, cores: 1 });
    rig.executor.prepare({ type: 'unknown', facts: {}, cores: 1 });
    const { result, log } = await rig.act('prepared');
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
    expect(readFileSync(rig.log, 'utf8')).toContain(own[0]);
    expect((await rig.act('prepared')).log).toHaveLength(1);
  });

  it('that fails has the reason why it was not prewarmed in its log too', async () => {
    rig.executor.prepare({ type: 'act', facts: {}, cores: 1 });
    const { result, log } = await rig.act('throw');
    expect(result).toMatchObject({ ok: false, error: { message: 'a bug' } });
    expect(log[0]).toMatch(/^its process could not be prepared for "act": /);
  });

  it('leaves no process that was prewarmed for more cores than the stage has', async () => {
    rig.executor.prepare({ type: 'act', facts: { backend: 'test 1' }, cores: 2 });
    const [ahead] = rig.started();
    await rig.pidOf({ cores: 3 });
    await hasGone(ahead!);
  });

  it('does not get a process that is being ended', async () => {
    rig.executor.prepare({ type: 'act', facts: { backend: 'test 1' }, cores: 2 });
    const both = await Promise.all([rig.act('echo', { cores: 3 }), rig.act('echo', { cores: 2 })]);
    expect(both.map(({ result }) => result.ok)).toEqual([true, true]);
  });

  it('gets its invocation, and its messages arrive', async () => {
    const { result, news, log } = await rig.act('echo', { text: 'hello' });
    expect(result).toEqual({ ok: true, value: undefined });
    expect(news[0]).toEqual({ kind: 'progress', progress: { fraction: 0.5, message: 'half' } });
    expect(JSON.parse(log[0]!)).toMatchObject({ text: 'hello', cores: 1, backend: 'test 1' });
    expect(log[1]).toBe('a.txt -> /somewhere/out');
  });

  it('has everything that it prints in the log, line by line', async () => {
    const { result, log } = await rig.act('print');
    expect(result.ok).toBe(true);
    expect(log.filter((line) => !line.startsWith('line '))).toEqual(
      expect.arrayContaining(['one', 'two', 'of another kind', 'gr\u00fc\u00dfe']),
    );
    const lines = log.filter((line) => line.startsWith('line '));
    expect(lines).toHaveLength(2000);
    expect(lines.at(-1)).toMatch(/^line 1999 -{60}$/);
  });

  it("can't send messages after its end", async () => {
    const { news } = await rig.act('late');
    // In the same process.
    await rig.act('echo');
    expect(news).toEqual([]);
  });
});

describe('a process', () => {
  it('takes the next stage after a success', async () => {
    const first = await rig.pidOf();
    expect(await rig.pidOf()).toBe(first);
    const both = await Promise.all([rig.pidOf(), rig.pidOf()]);
    expect(both).toContain(first);
    expect(both[0]).not.toBe(both[1]);
    expect(both).toContain(await rig.pidOf());
  });

  it.each(['throw', 'foresee', 'exit'])('takes none after a stage that did "%s"', async (name) => {
    const before = await rig.pidOf();
    expect((await rig.act(name)).result.ok).toBe(false);
    expect(await rig.pidOf()).not.toBe(before);
    await hasGone(before);
  });

  it('has the variables that its stage asks for, and takes no stage that asks for others', async () => {
    const one = { variables: { THREADS: '1' } };
    const plain = await rig.pidOf();
    const set = await rig.pidOf(one);
    expect(set).not.toBe(plain);
    expect((await rig.act('variable', { ...one, text: 'THREADS' })).log).toEqual(['1']);
    expect((await rig.act('variable', { text: 'THREADS' })).log).toEqual(['undefined']);
    expect(await rig.pidOf(one)).toBe(set);
    expect(await rig.pidOf({ variables: {} })).toBe(plain);
    expect(await rig.pidOf({ ...one, gpus: ['1'] })).not.toBe(set);
  });

  it('ends with a stage that has several cores', async () => {
    const alone = await rig.pidOf();
    const wide = await rig.pidOf({ cores: 2 });
    expect(wide).not.toBe(alone);
    await hasGone(wide);
    expect(await rig.pidOf()).toBe(alone);
  });

  it('is not reused if it died while idle', async () => {
    const idle = await rig.pidOf();
    process.kill(idle, 'SIGKILL');
    await hasGone(idle);
    expect(await rig.pidOf()).not.toBe(idle);
  });

  it('does not outlive the executor', async () => {
    const [idle] = await Promise.all([rig.pidOf(), rig.pidOf()]);
    const { result } = await rig.act('stubborn', { onNews: () => rig.executor.close() });
    expect(result).toMatchObject({ error: { kind: 'died', signal: 'SIGKILL' } });
    await hasGone(idle);
  });

  it('ends when its parent dies', async () => {
    const parent = join(rig.folder, 'parent.mjs');
    // The worker inherits the output of its parent, which closes when both are gone.
    writeFileSync(
      parent,
      `import { fork } from 'node:child_process';
const child = fork(${JSON.stringify(rig.worker)}, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
child.on('message', () => console.log('running'));
child.send({ kind: 'invoke', invocation: {
  type: 'act', parameters: { act: 'stubborn', text: '' }, inputs: {}, outputs: {}, facts: {}, cores: 1,
  log: ${JSON.stringify(join(rig.folder, 'parent.log'))},
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
