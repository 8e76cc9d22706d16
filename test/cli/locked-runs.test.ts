/** `pipeline run --locked`: the outputs of the lock. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/result.ts';
import type { Invocation } from '../../src/runner/execution/executor.ts';
import { make } from '../runner/rig.ts';
import { LockTerminal, text } from './lock-rig.ts';
import { jsonLines, type Terminal, widest } from './terminal.ts';

let terminal: LockTerminal;
beforeEach(() => {
  terminal = new LockTerminal();
});
afterEach(() => terminal.remove());

describe('pipeline run --locked', () => {
  let codes: Terminal['rig']['codes'];
  beforeEach(async () => {
    codes = terminal.rig.codes;
    await terminal.pipeline('run');
    await terminal.pipeline('lock');
    terminal.changeCode();
  });

  it('uses the outputs of the lock despite other code, and says so', async () => {
    expect((await terminal.pipeline('plan')).out).toContain('1 will run, 2 may run');
    const plan = await terminal.pipeline('plan', '--locked');
    expect(plan.out).toContain(
      '3 results are from pipeline.lock, 3 of them made by other code or on another backend\n',
    );
    const { code, out } = await terminal.pipeline('run', '--locked');
    expect(code).toBe(0);
    expect(terminal.ran).toBe(3);
    expect(out).toContain('0 executed, 3 cached');
    expect(out).toContain(
      '3 results from pipeline.lock, 3 of them made by other code or on another backend',
    );
    const journal = readFileSync(
      join(terminal.rig.layout.run('20231114-221320-r1'), 'journal.jsonl'),
      'utf8',
    );
    expect(journal).toContain('"standIn":{"from":"lock","differs":["package","code"]}');
    const last = jsonLines((await terminal.pipeline('run', '--locked', '--json')).out).at(-1);
    expect(last).toMatchObject({
      standIns: { locked: 3, lockedOther: 3, unlikeLock: [], otherEnvironment: 0 },
    });
  });

  it('runs stages whose outputs are not in the store, and succeeds if the bytes are those of the lock', async () => {
    terminal.loseOutputs('base');
    const { code, out } = await terminal.pipeline('run', '--locked');
    expect(code).toBe(0);
    expect(out).toContain('1 executed, 2 cached');
    expect(out).toContain('2 results from pipeline.lock, 2 of them made by other code');
  });

  it('reports outputs that differ from the lock, and fails', async () => {
    terminal.loseOutputs('part[rate=2]');
    terminal.rig.executor.writes('p2', { 'value.txt': 'chance' });
    const { code, out } = await terminal.pipeline('run', '--locked');
    expect(code).toBe(1);
    expect(out).toContain('warning part[rate=2]: out differs from pipeline.lock\n');
    expect(out).toContain('1 stage differs from pipeline.lock: part[rate=2]\n');
    expect(widest(out)).toBeLessThanOrEqual(80);
    // Later it is cached under the current key, but still differs from the lock.
    expect((await terminal.pipeline('run', '--locked')).code).toBe(1);
  });

  it('runs a stage with an output that is not in the lock', async () => {
    const { types, executor } = terminal.rig;
    types.set('make', { ...make, outputs: { ...make.outputs, extra: 'file' } });
    for (const name of ['base', 'p1', 'p2']) {
      executor.instead.set(name, ({ outputs }: Invocation) => {
        for (const folder of Object.values(outputs)) writeFileSync(join(folder, 'x'), name);
        return ok(undefined);
      });
    }
    expect((await terminal.pipeline('accept', 'base')).err).toContain(
      'its last result has no output "extra"',
    );
    const { code, out } = await terminal.pipeline('run', '--locked');
    expect(code).toBe(1);
    expect(out).toContain('3 executed, 0 cached');
    expect(out).toContain('3 stages differ from pipeline.lock');
  });

  it('does not change records, so a run without it uses those', async () => {
    terminal.rig.codes = codes;
    const value = async (...words: readonly string[]): Promise<unknown> => {
      const events = jsonLines((await terminal.pipeline('run', 'base', '--json', ...words)).out);
      const withOutputs = events.find((event) => 'outputs' in event);
      return (withOutputs!.outputs as { out: string }).out;
    };
    terminal.rig.executor.instead.set('base', ({ outputs }: Invocation) => {
      for (const folder of Object.values(outputs)) writeFileSync(join(folder, 'x'), 'chance');
      return ok(undefined);
    });
    const recorded = await value('--force', 'base');
    await value();
    const locked = await value('--locked');
    expect(locked).not.toBe(recorded);
    expect(await value()).toBe(recorded);
    expect(await value('--locked')).toBe(locked);
  });

  it('refuses a lock of other parameters or stages', async () => {
    const { code, out, err } = await terminal.pipeline('run', '--locked', '--set', 'text=x');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('pipeline.lock: it was written with no -c and no --set\n');
    expect(err).toContain('pipeline.lock: base has other parameters there');
    terminal.text = text.replace('[1, 2]', '[1, 3]');
    const more = await terminal.pipeline('run', '--locked');
    expect(more.err).toContain('pipeline.lock: part[rate=3] is not in it');
    expect(terminal.ran).toBe(3);
  });
});
