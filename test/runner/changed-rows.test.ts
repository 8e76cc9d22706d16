/**
 * A plan from rows, some of which have changed: it decides these, and the rows whose inputs change.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rig } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
  for (const name of 'abcde') write(`${name}/value.txt`, 'one');
});
afterEach(() => rig.remove());

function write(path: string, content: string): void {
  const full = join(rig.root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
}

/** Chains of three stages; each begins with a file. */
function chainsOf(...names: readonly string[]): string {
  const stages = names.map(
    (name) => `
  ${name}1: { uses: make, with: { name: ${name}1 }, inputs: { one: ./${name}/value.txt } }
  ${name}2: { uses: make, with: { name: ${name}2 }, inputs: { from: ${name}1 } }
  ${name}3: { uses: make, with: { name: ${name}3 }, inputs: { from: ${name}2 } }`,
  );
  return `stages:${stages.join('')}\n`;
}

const chains = chainsOf('a', 'b', 'c');

async function ready(text = chains): Promise<void> {
  await rig.run(text);
  expect(await rig.run(text)).toMatchObject({ idle: true });
}

describe('after a change of a file', () => {
  it('only the rows that depend on it are decided, the others are reported as before', async () => {
    await ready();
    write('b/value.txt', 'two');
    const outcome = await rig.run(chains);
    expect(outcome).toMatchObject({ idle: false, open: 3, executed: ['b1', 'b2', 'b3'] });
    expect(outcome.finished).toMatchObject({ executed: 3, cached: 6, remaining: 0 });
    expect(outcome.events[0]).toMatchObject({ plan: { run: 1, pending: 2, hit: 6 } });
    const reported = outcome.events.flatMap((event) =>
      event.type === 'stage-cached' ? [event.stage as string] : [],
    );
    expect([...reported].sort()).toEqual(['a1', 'a2', 'a3', 'c1', 'c2', 'c3']);
    const journal = readFileSync(join(rig.layout.run('run-2'), 'journal.jsonl'), 'utf8');
    expect(journal.split('\n').filter((line) => line.includes('stage-cached'))).toHaveLength(6);
    expect(await rig.run(chains)).toMatchObject({ idle: true, finished: { cached: 9 } });
  });

  it('back to its previous content: nothing runs, and everything is up to date again', async () => {
    await ready();
    write('b/value.txt', 'two');
    await rig.run(chains);
    write('b/value.txt', 'one');
    expect(await rig.run(chains)).toMatchObject({ open: 3, executed: [] });
    expect(readFileSync(join(rig.layout.latest, 'b3/out/value.txt'), 'utf8')).toContain('one');
    expect(await rig.run(chains)).toMatchObject({ idle: true });
  });

  it('a stage whose inputs are the same as before does not run', async () => {
    const constant = chains.replace('{ name: b1 }', '{ name: b1, constant: true }');
    await ready(constant);
    write('b/value.txt', 'two');
    expect(await rig.run(constant)).toMatchObject({ open: 3, executed: ['b1'] });
    expect(await rig.run(constant)).toMatchObject({ idle: true });
    write('b/value.txt', 'one');
    expect(await rig.run(constant)).toMatchObject({ open: 1, executed: [] });
  });

  it('documents are read if a target is requested, or if the file is gone', async () => {
    await ready();
    write('b/value.txt', 'three');
    const targeted = await rig.run(chains, { targets: ['b2'] });
    expect(targeted).toMatchObject({ open: undefined, executed: ['b1', 'b2'] });
    rmSync(join(rig.root, 'b/value.txt'));
    await expect(rig.run(chains)).rejects.toThrow('does not exist');
  });

  it('results that another configuration made meanwhile are decided too', async () => {
    const five = chainsOf(...'abcde');
    await ready(five);
    const other = five.replace('name: c3 }', 'name: c3, text: other }');
    const plan = readFileSync(rig.layout.lastPlan);
    await rig.run(other, { targets: ['c3'] });
    writeFileSync(rig.layout.lastPlan, plan);
    write('b/value.txt', 'two');
    const shown = join(rig.layout.latest, 'c3/out/value.txt');
    expect(readFileSync(shown, 'utf8')).toContain('other');
    expect(await rig.run(five)).toMatchObject({ open: 4, executed: ['b1', 'b2', 'b3'] });
    expect(readFileSync(shown, 'utf8')).not.toContain('other');
    expect(await rig.run(five)).toMatchObject({ idle: true });
  });

  it('a damaged input is built again by a stage that was up to date', async () => {
    const text = `${chains}
  d: { uses: make, with: { name: d }, inputs: { from: a1, one: ./b/value.txt } }\n`;
    await ready(text);
    write('c/value.txt', 'two');
    const made = await rig.run(text);
    expect(made.executed).toEqual(['c1', 'c2', 'c3']);
    const before = made.events.find(
      (event) => event.type === 'stage-cached' && (event.stage as string) === 'a1',
    );
    expect(before).toBeDefined();
    const { out } = (before as { outputs: Record<string, string> }).outputs;
    const manifest = readFileSync(rig.layout.object(out as never), 'utf8');
    const digest = /[0-9a-f]{64}/.exec(manifest)![0];
    const path = rig.layout.object(digest as never);
    const { size } = statSync(path);
    rmSync(path);
    writeFileSync(path, 'x'.repeat(size));
    write('b/value.txt', 'two');
    const outcome = await rig.run(text);
    expect(outcome.finished).toMatchObject({ failed: 0, remaining: 0 });
    expect(outcome.executed).toContain('a1');
    expect(outcome.executed).toContain('d');
    expect(await rig.run(text)).toMatchObject({ finished: { executed: 0 } });
  });

  it('a stage that fails leaves the last plan as it was, and no marker', async () => {
    await ready();
    const plan = readFileSync(rig.layout.lastPlan);
    write('b/value.txt', 'two');
    rig.executor.instead.set('b2', () => ({
      ok: false,
      error: { kind: 'stage-error', message: 'no' } as never,
    }));
    const failed = await rig.run(chains);
    expect(failed.finished).toMatchObject({ executed: 1, cached: 6, failed: 1 });
    expect(readFileSync(rig.layout.lastPlan).equals(plan)).toBe(true);
    rig.executor.instead.delete('b2');
    expect(await rig.run(chains)).toMatchObject({ open: 3, executed: ['b2', 'b3'] });
    expect(await rig.run(chains)).toMatchObject({ idle: true });
    expect(readdirSync(rig.layout.live)).toEqual([]);
  });
});

describe('the last plan with a damaged line', () => {
  /** Damages the n-th line with this first character. */
  function damage(sign: string, which = 0): void {
    const lines = readFileSync(rig.layout.lastPlan, 'utf8').split('\n');
    const places = lines.flatMap((line, place) => (line[9] === sign ? [place] : []));
    const place = places[which]!;
    lines[place] = lines[place]!.replace(/.$/, '!');
    writeFileSync(rig.layout.lastPlan, lines.join('\n'));
  }

  for (const sign of ['h', 'd', 'r']) {
    it(`is not used without its line "${sign}", even if changes follow`, async () => {
      await ready();
      write('c/value.txt', 'two');
      await rig.run(chains);
      damage(sign);
      expect(await rig.run(chains)).toMatchObject({ open: undefined, finished: { cached: 9 } });
    });
  }

  it('is used up to the damaged change', async () => {
    const constant = chains.replace('{ name: b1 }', '{ name: b1, constant: true }');
    await ready(constant);
    write('b/value.txt', 'two');
    await rig.run(constant);
    write('c/value.txt', 'two');
    await rig.run(constant);
    damage('c', 0);
    expect(await rig.run(constant)).toMatchObject({ open: 4, finished: { cached: 9 } });
    expect(await rig.run(constant)).toMatchObject({ idle: true });
  });

  it('ignores the change of a run that did not know the previous change', async () => {
    const constant = chains.replace('{ name: b1 }', '{ name: b1, constant: true }');
    await ready(constant);
    const { lastPlan } = rig.layout;
    const before = readFileSync(lastPlan);
    write('b/value.txt', 'two');
    await rig.run(constant);
    const after = readFileSync(lastPlan);
    write('b/value.txt', 'one');
    write('c/value.txt', 'two');
    writeFileSync(lastPlan, before);
    await rig.run(constant);
    const other = readFileSync(lastPlan).subarray(before.length);
    writeFileSync(lastPlan, Buffer.concat([after, other]));
    expect(await rig.run(constant)).toMatchObject({ finished: { cached: 9 } });
    expect(await rig.run(constant)).toMatchObject({ idle: true });
  });

  it('is not used if another version wrote its head', async () => {
    await ready();
    const content = 'hnull';
    writeFileSync(
      rig.layout.lastPlan,
      `${crc32(content).toString(16).padStart(8, '0')} ${content}\n`,
    );
    expect(await rig.run(chains)).toMatchObject({ open: undefined, finished: { cached: 9 } });
  });
});
