/** Runs of two projects that have stores of their own and the same remote. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute } from '../../../src/runner/index.ts';
import { Rig, seen } from '../rig.ts';
import { text, warningsIn } from './remote-project.ts';
import { TwoProjects } from './two-projects.ts';

let both: TwoProjects;
let folder: string;
let one: Rig;
let two: Rig;
beforeEach(() => {
  both = new TwoProjects();
  ({ folder, one, two } = both);
});
afterEach(() => both.remove());

describe('two projects with one remote', () => {
  it('share what one of them computed', async () => {
    const made = await both.run(one, { writes: true });
    expect(made.finished).toMatchObject({ executed: 4, failed: 0 });
    expect(warningsIn(made.events)).toEqual([]);
    const found = await both.run(two);
    expect(found.finished).toMatchObject({ executed: 0, cached: 4 });
    const text = (rig: Rig, { events, finished }: typeof made) =>
      rig.outputText({ events, finished, executed: [], idle: false }, 'd');
    expect(text(two, found)).toBe(text(one, made));
    // From now on, the remote is not needed.
    expect((await both.run(two, { remote: undefined })).finished).toMatchObject({ cached: 4 });
    both.gets = [];
    expect((await both.run(two)).finished).toMatchObject({ cached: 4 });
    expect(both.gets).toEqual([]);
  });

  it('store nothing in it unless they write', async () => {
    expect((await both.run(one)).finished).toMatchObject({ executed: 4 });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('read only records for a plan', async () => {
    await both.run(one, { writes: true });
    both.gets = [];
    const { plan } = await both.planOf(two);
    expect(plan.counts).toEqual({ run: 0, pending: 0, hit: 4 });
    expect(both.gets).toEqual(['ac', 'ac', 'ac', 'ac']);
    expect(existsSync(two.layout.objects)).toBe(false);
    expect(existsSync(two.layout.actions)).toBe(false);
  });

  it('compute a result again if the server has deleted its files', async () => {
    await both.run(one, { writes: true });
    for (const name of both.objects) rmSync(join(folder, 'cas', name));
    const { finished } = await both.run(two, { writes: true });
    expect(finished).toMatchObject({ executed: 4, failed: 0 });
    const three = new Rig();
    expect((await both.run(three)).finished).toMatchObject({ executed: 0, cached: 4 });
    three.remove();
  });

  it('never take wrong bytes, say so, and replace them', async () => {
    await both.run(one, { writes: true });
    const damaged = new Map<string, Buffer>();
    for (const name of both.objects) {
      const path = join(folder, 'cas', name);
      const bytes = readFileSync(path);
      bytes[0]! ^= 1;
      damaged.set(name, bytes);
      rmSync(path);
      writeFileSync(path, bytes);
    }
    const { finished, events } = await both.run(two, { writes: true });
    expect(finished).toMatchObject({ executed: 4, failed: 0 });
    expect(warningsIn(events)[0]).toMatch(/^the cache .* sent other bytes than those of/);
    const three = new Rig();
    expect((await both.run(three)).finished).toMatchObject({ executed: 0, cached: 4 });
    three.remove();
    expect((await both.run(two, { remote: undefined })).finished).toMatchObject({ cached: 4 });
    expect(readdirSync(two.layout.temporary)).toEqual([]);
  });

  it.each([
    ['is a page of a proxy', () => '<html>log in</html>', 'that is not a record'],
    ['is empty', () => '', 'that is not a record'],
    ['belongs to another key', (others: Buffer[]) => others[1]!, 'damaged record'],
    ['was cut', (others: Buffer[]) => others[0]!.subarray(0, 300), 'not a record'],
  ])('do not use a record that %s, and replace it', async (_, content, warning) => {
    await both.run(one, { writes: true });
    const names = both.records;
    const others = names.map((name) => readFileSync(join(folder, 'ac', name)));
    writeFileSync(join(folder, 'ac', names[0]!), content(others));
    const { finished, events, notes } = await both.run(two, { writes: true });
    expect(finished.failed).toBe(0);
    expect(finished.executed).toBe(1);
    expect([...notes, ...warningsIn(events)].join('\n')).toContain(warning);
    const three = new Rig();
    expect((await both.run(three)).finished).toMatchObject({ executed: 0, cached: 4 });
    three.remove();
  });

  it('compute everything if the remote is not there, with one warning', async () => {
    const { finished, events, notes } = await both.run(one, {
      remote: both.remoteAt('/no/such/folder'),
    });
    expect(finished).toMatchObject({ executed: 4, failed: 0 });
    expect([...notes, ...warningsIn(events)]).toEqual([
      'backend test 1',
      'warning: the cache /no/such/folder does not exist; create the folder, or mount its disk',
    ]);
    expect(both.gets.length).toBeLessThan(4);
  });

  it('say what was not stored', async () => {
    const { events } = await both.run(one, {
      writes: true,
      remote: both.remoteAt('/no/such/folder'),
    });
    expect(warningsIn(events).at(-1)).toBe(
      '4 results were not stored in the cache; "pipeline push" stores them',
    );
  });

  it('use a result that the other one stored after the plan', async () => {
    const planned = await both.planOf(two);
    expect(planned.plan.counts.run).toBe(2);
    await both.run(one, { writes: true });
    const finished = await execute(two.project(text), planned, {
      run: 'late',
      now: () => 0,
      emit: () => undefined,
      capacities: { cpu: 4, network: 4 },
      keepGoing: false,
      executor: two.executor,
      signal: new AbortController().signal,
    });
    expect(finished).toMatchObject({ executed: 0, cached: 4, failed: 0 });
  });

  it('compute at once, and both end with complete results', async () => {
    two.executor.hold('c');
    const [started, onEvent] = seen('stage-started');
    const second = both.run(two, { writes: true, onEvent });
    await started;
    const first = await both.run(one, { writes: true });
    (await two.executor.next('c')).finish();
    expect(first.finished.failed + (await second).finished.failed).toBe(0);
    expect(both.records.length).toBe(4);
    const three = new Rig();
    expect((await both.run(three)).finished).toMatchObject({ executed: 0, cached: 4 });
    three.remove();
  });
});
