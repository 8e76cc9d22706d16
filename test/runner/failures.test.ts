/** A stage that fails, and stages that run at the same time. */
import { setMaxListeners } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fail, ok } from '../../src/base/result.ts';
import { chain } from './chain-rig.ts';
import { Rig, seen } from './rig.ts';
import { damageUnseen } from './unseen-damage.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

describe('a failure', () => {
  const fork = `
stages:
  bad: { uses: make, with: { name: bad } }
  hurt: { uses: make, with: { name: hurt }, inputs: { from: bad } }
  worse: { uses: make, with: { name: worse }, inputs: { from: hurt } }
  good: { uses: make, with: { name: good } }
  fine: { uses: make, with: { name: fine }, inputs: { from: good } }
`;
  const failure = { kind: 'stage', message: 'no' } as const;

  it('skips the stages that depend on it, and leaves the cache unchanged', async () => {
    rig.executor.instead.set('bad', () => fail(failure));
    const outcome = await rig.run(fork, { keepGoing: true });
    expect(outcome.finished).toMatchObject({ executed: 2, failed: 1, skipped: 2, remaining: 0 });
    rig.executor.instead.clear();
    expect((await rig.run(fork)).executed).toEqual(['bad', 'hurt', 'worse']);
  });

  it('lets running stages finish, and starts no new one', async () => {
    rig.executor.hold('bad', 'good');
    const running = rig.run(fork);
    const bad = await rig.executor.next('bad');
    const good = await rig.executor.next('good');
    bad.fail(failure);
    await Promise.resolve();
    good.finish();
    const { finished } = await running;
    expect(finished).toMatchObject({ executed: 1, failed: 1, skipped: 2, remaining: 1 });
  });

  it.each([
    ['missing-output', 'out', () => undefined],
    [
      'undeclared-output',
      'stray.txt',
      (folder: string) => writeFileSync(join(folder, '..', 'stray.txt'), ''),
    ],
  ])('is reported for a %s', async (kind, name, act) => {
    rig.executor.instead.set('a', ({ outputs }) => {
      act(outputs.out!);
      return ok(undefined);
    });
    const outcome = await rig.run(chain());
    const failed = outcome.events.find((event) => event.type === 'stage-failed');
    expect(failed).toMatchObject({ stage: 'a', failure: { kind } });
    expect(JSON.stringify(failed)).toContain(name);
    expect(readdirSync(rig.layout.workspaces)).toEqual([]);
  });

  it('does not end the run if an input was damaged on disk: it is rebuilt', async () => {
    const first = await rig.run(chain());
    const text = rig.outputText(first, 'a');
    const objects = readdirSync(join(rig.layout.root, 'store', 'objects'), { recursive: true })
      .map((name) => join(rig.layout.root, 'store', 'objects', String(name)))
      .filter((path) => !path.endsWith('objects') && path.length > 0);
    const damaged = objects.find((path) => {
      try {
        return readFileSync(path, 'utf8') === text;
      } catch {
        return false;
      }
    })!;
    damageUnseen(damaged);
    const after = await rig.run(chain().replace('name: b', 'name: bb'));
    expect(after.finished).toMatchObject({ failed: 0, executed: 2, cached: 1 });
    const message = '"value.txt" of a was damaged on disk; it is rebuilt';
    expect(after.events).toContainEqual({ type: 'warning', message });
    expect(after.executed).toEqual(['a', 'b']);
  });
});

describe('interleavings', () => {
  it('never runs more than its jobs, and starts the longest chain first', async () => {
    const text = `
stages:
  short: { uses: make, with: { name: short } }
  long: { uses: make, with: { name: long } }
  then: { uses: make, with: { name: then }, inputs: { from: long } }
`;
    rig.executor.hold('short', 'long');
    const running = rig.run(text, { jobs: 1 });
    const long = await rig.executor.next('long');
    expect(rig.executor.isWaiting('short')).toBe(false);
    long.finish();
    (await rig.executor.next('short')).finish();
    expect((await running).finished.executed).toBe(3);
  });

  it('gives no warning of Node, however many stages run at once', async () => {
    const warn = vi.spyOn(process, 'emitWarning');
    const names = Array.from({ length: 256 }, (_, i) => `s${i}`);
    const stages = names.map((name) => `  ${name}: { uses: make, with: { name: ${name} } }`);
    rig.executor.hold(...names);
    const { signal } = new AbortController();
    setMaxListeners(10, signal);
    const running = rig.run(`stages:\n${stages.join('\n')}\n`, { jobs: 256, signal });
    for (const name of names) (await rig.executor.next(name)).finish();
    expect((await running).finished.executed).toBe(256);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('builds a key once when two runs need it', async () => {
    rig.executor.hold('a');
    const first = rig.run(chain());
    const held = await rig.executor.next('a');
    const [waiting, onEvent] = seen('stage-waiting');
    const second = rig.run(chain(), { onEvent });
    await waiting;
    held.finish();
    const outcomes = await Promise.all([first, second]);
    expect(rig.executor.counts.get('a')).toBe(1);
    expect(outcomes[1]!.finished).toMatchObject({ failed: 0, remaining: 0 });
  });

  it('stops by its signal, and continues later', async () => {
    const abort = new AbortController();
    rig.executor.hold('b');
    const running = rig.run(chain(), { signal: abort.signal });
    const held = await rig.executor.next('b');
    held.progress(0.5);
    abort.abort();
    const { finished, events } = await running;
    expect(finished).toMatchObject({ executed: 1, failed: 0, remaining: 2, interrupted: true });
    expect(events).toContainEqual({
      type: 'stage-progress',
      stage: 'b',
      progress: { fraction: 0.5 },
    });
    const again = rig.run(chain());
    (await rig.executor.next('b')).finish();
    expect((await again).executed).toEqual(['b', 'c']);
  });
});
