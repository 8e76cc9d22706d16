/** Files about the whole store are read once per command, however many results there are. */
import { expect, it, vi } from 'vitest';

const reads = vi.hoisted((): string[] => []);

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const readFileSync = (...args: Parameters<typeof real.readFileSync>) => {
    reads.push(String(args[0]));
    return real.readFileSync(...args);
  };
  const openSync = (...args: Parameters<typeof real.openSync>) => {
    // `read-file.ts` reads an open file. The lowest bits are set only for writing.
    if (['r', undefined].includes(args[1] as string) || Number(args[1]) % 4 === 0)
      reads.push(String(args[0]));
    return real.openSync(...args);
  };
  return { ...real, readFileSync, openSync, default: { ...real, readFileSync, openSync } };
});

const { rmSync } = await import('node:fs');
const { Rig } = await import('./rig.ts');
const { curveOf, gc, PastAttempts, runIds, verify } = await import('../../src/runner/index.ts');
const { journalOf } = await import('../../src/runner/execution/journal.ts');

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

it('the curves of many stages read each journal once', async () => {
  const rig = new Rig();
  await rig.run(text('x'));
  await rig.run(text('y'));
  const journals = runIds(rig.layout).map((run) => journalOf(rig.layout, run));
  // Results of the second run, and stages without a result, which look for attempts in all runs.
  for (const word of ['y', 'z']) {
    const prepared = await rig.prepare(text(word));
    reads.length = 0;
    const attempts = new PastAttempts(rig.layout);
    for (const stage of prepared.plan.pipeline.stages) curveOf(stage, prepared, attempts);
    const counts = journals.map((path) => reads.filter((one) => one === path).length);
    expect(Math.max(...counts)).toBe(1);
  }
  rig.remove();
});
