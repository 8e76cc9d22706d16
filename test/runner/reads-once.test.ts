/** Files about the whole store are read once per command, however many results there are. */
import { expect, it, vi } from 'vitest';

const reads = vi.hoisted((): string[] => []);

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const readFileSync = (...args: Parameters<typeof real.readFileSync>) => {
    reads.push(String(args[0]));
    return real.readFileSync(...args);
  };
  return { ...real, readFileSync, default: { ...real, readFileSync } };
});

const { rmSync } = await import('node:fs');
const { Rig } = await import('./rig.ts');
const { gc, verify } = await import('../../src/runner/index.ts');

const NUMBERS = Array.from({ length: 30 }, (_, i) => i);
const text = (word: string): string => `
stages:
  many:
    matrix: { number: [${NUMBERS.join(', ')}] }
    uses: make
    with: { name: "many \${matrix.number}", text: "${word} \${matrix.number}" }
  all: { uses: make, with: { name: all }, inputs: { from: many.out } }
`;

it('verify, gc, a plan and a run read the index and the stat cache once', async () => {
  const rig = new Rig();
  await rig.run(text('x'));
  const { fileDigests, lastResults } = rig.layout;
  const counted = async (act: () => Promise<unknown>): Promise<readonly number[]> => {
    reads.length = 0;
    await act();
    return [fileDigests, lastResults].map((path) => reads.filter((one) => one === path).length);
  };
  const signal = new AbortController().signal;
  const most = (counts: readonly number[]): number => Math.max(...counts);
  const watch = { signal, onProgress: () => undefined };
  expect(most(await counted(() => verify(rig.project(text('x')), watch)))).toBeLessThanOrEqual(1);
  expect(most(await counted(() => rig.prepare(text('x'))))).toBeLessThanOrEqual(1);
  rmSync(rig.layout.lastPlan);
  expect(most(await counted(() => rig.prepare(text('x'))))).toBe(1);
  // The rig compares a plan with the run.
  expect(most(await counted(() => rig.run(text('y'))))).toBeLessThanOrEqual(4);
  const collect = async () => {
    const options = { keepMs: 0, maxBytes: Number.POSITIVE_INFINITY, dryRun: false, signal };
    const prepared = await rig.prepare(text('y'));
    reads.length = 0;
    expect(await gc(rig.project(text('y')), prepared, options)).toMatchObject({ ok: true });
  };
  // The collection, and the removal of lines after it.
  expect(most(await counted(collect))).toBeLessThanOrEqual(2);
  rig.remove();
});
