/**
 * A crash at each change that gc makes to the disk. There is never a record of missing objects, and
 * the next gc reaches the same end.
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
    'mkdirSync',
    'rmSync',
    'rmdirSync',
    'fsyncSync',
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

const { Rig } = await import('../rig.ts');
const { gc, verify } = await import('../../../src/runner/index.ts');
const { storedObjects, storedRecords } = await import('../../../src/runner/store/inventory.ts');
const { cpSync, rmSync } = await import('node:fs');

const text = (word: string): string => `
stages:
  a: { uses: make, with: { name: a, text: ${word}, constant: true } }
  b: { uses: make, with: { name: b, text: ${word} }, inputs: { from: a } }
`;

describe('a crash of gc', () => {
  it('at any change leaves complete results, and bytes that the next gc removes', async () => {
    const signal = new AbortController().signal;
    const full = new Rig();
    await full.run(text('x'));
    await full.run(text('y'));
    const collect = async (rig: InstanceType<typeof Rig>) =>
      gc(rig.project(text('y')), await rig.prepare(text('y')), {
        keepMs: -1000,
        maxBytes: Number.POSITIVE_INFINITY,
        dryRun: false,
        signal,
      });
    const contents = (rig: InstanceType<typeof Rig>): string[] =>
      [...storedRecords(rig.layout), ...storedObjects(rig.layout)].map(({ name }) => name).sort();
    const clean = new Rig();
    cpSync(full.layout.root, clean.layout.root, { recursive: true });
    const before = contents(clean);
    crash.calls = 0;
    expect(await collect(clean)).toMatchObject({ ok: true });
    const changes = crash.calls;
    expect(changes).toBeGreaterThan(12);
    const inBetween = new Set<number>();
    for (let at = 1; at <= changes; at++) {
      const rig = new Rig();
      cpSync(full.layout.root, rig.layout.root, { recursive: true });
      crash.calls = 0;
      crash.at = at;
      await collect(rig).catch(() => undefined);
      crash.at = Number.POSITIVE_INFINITY;
      inBetween.add(contents(rig).length);
      // A new process has another pid, but here the lock belongs to this process.
      rmSync(rig.layout.gcLock, { force: true });
      const project = rig.project(text('y'));
      const { findings } = await verify(project, { signal, onProgress: () => undefined });
      expect(findings, `after a crash at change ${at}`).toEqual([]);
      expect((await rig.run(text('y'))).finished.executed).toBe(0);
      expect(await collect(rig)).toMatchObject({ ok: true });
      expect(contents(rig)).toEqual(contents(clean));
      rig.remove();
    }
    // It crashed before, between and after.
    expect([...inBetween]).toEqual(expect.arrayContaining([before.length, before.length - 1]));
    expect(inBetween.size).toBeGreaterThan(4);
    full.remove();
    clean.remove();
  });
});
