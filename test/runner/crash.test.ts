/**
 * A crash at each write of a run, followed by another run, always gives the result of a clean run.
 *
 * From the chosen call on, every change to the file system fails, including cleanup, as if the
 * process had been killed there.
 */
import { describe, expect, it, vi } from 'vitest';

const crash = vi.hoisted(() => ({ at: Number.POSITIVE_INFINITY, calls: 0 }));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const wrapped: Record<string, unknown> = { ...real };
  const changing = [
    'renameSync',
    'linkSync',
    'writeFileSync',
    'appendFileSync',
    'chmodSync',
    'mkdirSync',
    'rmSync',
    'fsyncSync',
    'copyFileSync',
    'utimesSync',
  ] as const;
  for (const name of changing) {
    wrapped[name] = (...args: unknown[]) => {
      if (++crash.calls >= crash.at) throw new Error(`crashed at ${name}`);
      return (real[name] as (...all: unknown[]) => unknown)(...args);
    };
  }
  return { ...wrapped, default: wrapped };
});

const { Rig } = await import('./rig.ts');

const text = `
stages:
  a: { uses: make, with: { name: a, text: x } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;

describe('a crash', () => {
  it('at any write leaves nothing or a complete result', async () => {
    crash.calls = 0;
    const clean = new Rig();
    const wanted = await clean.run(text);
    const writes = crash.calls;
    expect(writes).toBeGreaterThan(30);
    for (let at = 1; at <= writes; at++) {
      const rig = new Rig();
      crash.calls = 0;
      crash.at = at;
      await rig.run(text).catch(() => undefined);
      crash.at = Number.POSITIVE_INFINITY;
      // A new process has another pid, but here the lock belongs to this process.
      const { rmSync } = await import('node:fs');
      rmSync(`${rig.layout.root}/store/locks`, { recursive: true, force: true });
      const after = await rig.run(text);
      expect(after.finished, `after a crash at write ${at}`).toMatchObject({
        failed: 0,
        remaining: 0,
      });
      for (const stage of ['a', 'b']) {
        expect(rig.outputText(after, stage)).toBe(clean.outputText(wanted, stage));
      }
      expect((await rig.run(text)).finished.executed).toBe(0);
      rig.remove();
    }
    clean.remove();
  });
});
