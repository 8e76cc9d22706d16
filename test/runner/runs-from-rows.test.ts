/** When a run plans from rows, and that it reports and leaves what any other run does. */
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/result.ts';
import type { Event } from '../../src/runner/execution/event.ts';
import { lockForCollection } from '../../src/runner/store/live-run.ts';
import { make, seen } from './rig.ts';
import { RowsRig, text } from './rows-rig.ts';

let rig: RowsRig;
beforeEach(() => {
  rig = new RowsRig();
});
afterEach(() => rig.remove());

describe('a run of a plan from rows', () => {
  it('reports and leaves the same as a run of a plan from documents', async () => {
    await rig.ready();
    const journal = (run: string) =>
      readFileSync(join(rig.layout.run(run), 'journal.jsonl'), 'utf8').replaceAll(run, 'run');
    const fromRows = await rig.run(text);
    const leftFromRows = journal('run-2');
    rmSync(rig.layout.lastPlan);
    const fromDocuments = await rig.run(text);
    expect([fromRows.idle, fromDocuments.idle]).toEqual([true, false]);
    const unnamed = (events: unknown): string =>
      JSON.stringify(events).replaceAll(/run-\d/g, 'run');
    expect(unnamed(fromRows.events)).toBe(unnamed(fromDocuments.events));
    expect(leftFromRows).toBe(journal('run-3'));
    expect(unnamed(fromRows.finished)).toBe(unnamed(fromDocuments.finished));
    expect(readdirSync(rig.layout.live)).toEqual([]);
    expect(readdirSync(rig.layout.temporary)).toEqual([]);
  });

  it('has a marker while it reports', async () => {
    await rig.ready();
    const signs: number[] = [];
    const onEvent = (event: Event): void => {
      if (event.type === 'stage-cached') signs.push(readdirSync(rig.layout.live).length);
    };
    expect(await rig.run(text, { onEvent })).toMatchObject({ idle: true });
    expect(signs).toEqual([1, 1, 1]);
    expect(readdirSync(rig.layout.live)).toEqual([]);
  });

  it('waits for a collection, and decides each stage after it', async () => {
    await rig.ready();
    const alone = lockForCollection(rig.layout);
    if (!alone.ok) throw new Error('it is held');
    const [waiting, onEvent] = seen('warning');
    const running = rig.run(text, { onEvent });
    await waiting;
    expect(readdirSync(rig.layout.live)).toEqual([]);
    alone.value();
    const { events } = await running;
    expect(JSON.stringify(events)).toContain('waiting for gc');
  });

  it('is not possible after a run that failed or warned', async () => {
    await rig.ready();
    const plan = readFileSync(rig.layout.lastPlan);
    const worse = text.replace('text: x', 'text: worse');
    rig.executor.instead.set('c', () => ({
      ok: false,
      error: { kind: 'stage-error', message: 'no' } as never,
    }));
    expect((await rig.run(worse)).finished.failed).toBe(1);
    expect(readFileSync(rig.layout.lastPlan).equals(plan)).toBe(true);
    expect((await rig.run(worse)).finished.failed).toBe(1);
    // A link to a disk that is not mounted: nothing can be shown, and each run reports that.
    rig.executor.instead.delete('c');
    rmSync(rig.layout.latest, { recursive: true });
    symlinkSync('/no/such/disk', rig.layout.latest);
    for (let i = 0; i < 3; i++) {
      const { idle, events } = await rig.run(text);
      expect(idle).toBe(false);
      expect(events.some(({ type }) => type === 'warning')).toBe(true);
    }
  });

  it('is not possible if the project has its own stage types', async () => {
    const { layout } = rig;
    rig.types.set('make', { ...make, module: 'own.mjs' });
    rig.codes = { 'own.mjs': rig.codes.make! };
    const plain = 'stages: { c: { uses: make, with: { name: c } } }\n';
    await rig.run(plain);
    expect((await rig.run(plain)).idle).toBe(false);
    expect(existsSync(layout.lastPlan)).toBe(false);
  });

  it('works for stages with many files', async () => {
    rig.executor.instead.set('a', ({ outputs }) => {
      for (let i = 0; i < 40; i++) writeFileSync(join(outputs.out!, `${i}.txt`), `content ${i}`);
      writeFileSync(join(outputs.other!, 'note.txt'), 'a');
      return ok(undefined);
    });
    const many = 'stages: { a: { uses: make, with: { name: a } } }\n';
    await rig.run(many);
    expect((await rig.run(many)).idle).toBe(true);
    for (const [change, executed] of [
      [() => rmSync(rig.shown('a/out/7.txt')), 0],
      [() => writeFileSync(rig.shown('a/.outputs'), '{"outputs":null,"files":[]}'), 0],
      [() => truncate(rig.stored(rig.layout.objects, (one) => one === 'content 7')), 1],
    ] as const) {
      change();
      expect(await rig.run(many)).toMatchObject({ idle: false, finished: { executed } });
      expect(readFileSync(rig.shown('a/out/7.txt'), 'utf8')).toBe('content 7');
      expect((await rig.run(many)).idle).toBe(true);
    }
  });
});

function truncate(path: string): void {
  chmodSync(path, 0o644);
  writeFileSync(path, '');
}
