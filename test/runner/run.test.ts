/** Which stages run, and for which reasons. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/result.ts';
import { describeReason } from '../../src/runner/execution/reason.ts';
import { digestOf } from '../../src/runner/key/digest.ts';
import { chain, sweep } from './chain-rig.ts';
import { Rig } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

function reasonsOf(outcome: Awaited<ReturnType<Rig['run']>>, stage: string): string[] {
  for (const event of outcome.events) {
    if (event.type === 'stage-started' && event.stage === stage) {
      return event.reasons.flatMap(describeReason);
    }
  }
  return [];
}

describe('a run', () => {
  it('executes everything once, and nothing the second time', async () => {
    const first = await rig.run(chain());
    expect(first.executed).toEqual(['a', 'b', 'c']);
    expect(first.finished).toMatchObject({ executed: 3, cached: 0, failed: 0, remaining: 0 });
    const second = await rig.run(chain());
    expect(second.finished).toMatchObject({ executed: 0, cached: 3 });
    expect(rig.outputText(second, 'c')).toBe(rig.outputText(first, 'c'));
  });

  it('goes back to an old configuration without running', async () => {
    await rig.run(chain('x'));
    await rig.run(chain('y'));
    expect((await rig.run(chain('x'))).finished.executed).toBe(0);
  });

  it('stops where outputs are the same', async () => {
    await rig.run(chain('x', true));
    const edited = chain('x', true).replace('name: a,', 'name: renamed,');
    const second = await rig.run(edited);
    expect(second.executed).toEqual(['a']);
    expect(second.finished.cached).toBe(2);
  });

  it('has keys that do not depend on names, order or place', async () => {
    await rig.run(chain());
    const renamed = `
stages:
  last: { inputs: { from: [middle] }, with: { name: c }, uses: make }
  middle: { inputs: { from: first }, uses: make, with: { constant: false, name: b } }
  first: { with: { text: x, name: a }, uses: make }
`;
    expect((await rig.run(renamed)).finished.executed).toBe(0);
  });

  it('runs only the instances of an added value, and the stages that depend on them', async () => {
    rig.configs['c.yaml'] = 'rates: [1, 2, 3]';
    await rig.run(sweep(''));
    const added = await rig.run(sweep(''), { settings: ['rates=[1, 2, 3, 4]'] });
    expect(added.executed).toEqual(['part[rate=4]', 'end']);
    expect(reasonsOf(added, 'part[rate=4]')).toEqual(['first run']);
    expect(reasonsOf(added, 'end')).toEqual(['input from: 1 added from part[rate=4]']);
  });

  it('compares a stage that never ran only with one that differs in a single parameter', async () => {
    const text = (list: string, more = '') => `
stages:
  a: { uses: make, matrix: { t: [${list}] }, with: { name: a, text: "t\${matrix.t}"${more} } }
`;
    await rig.run(text('1'));
    expect(reasonsOf(await rig.run(text('1, 2')), 'a[t=2]')).toEqual([
      'first run; parameter text: "t1" -> "t2" (pipeline.yaml:3:66), compared with a[t=1]',
    ]);
    // Two parameters, or any other difference, say nothing about a stage without a past.
    const other = await rig.run(text('1, 2, 3', ', constant: true'));
    expect(reasonsOf(other, 'a[t=3]')).toEqual(['first run']);
    rig.facts = { backend: 'test 2' };
    expect(reasonsOf(await rig.run(text('1, 2, 3, 4', ', constant: true')), 'a[t=4]')).toEqual([
      'first run',
    ]);
  });

  it.each([
    ['no folder', [], false],
    ['an empty folder', [''], false],
    ['a checkpoint', ['state.json'], true],
  ])('continues from a checkpoint only if there is one: %s', async (_what, files, resumed) => {
    const text = 'stages: { a: { uses: make, with: { name: a } } }';
    const decision = (await rig.prepare(text)).plan.decisions.get('a' as never)!;
    if (decision.kind !== 'run') throw new Error('it has run');
    const folder = rig.layout.checkpoints(decision.key);
    for (const name of files) {
      mkdirSync(folder, { recursive: true });
      if (name !== '') writeFileSync(join(folder, name), '{}');
    }
    const { events } = await rig.run(text);
    expect(events.find(({ type }) => type === 'stage-started')).toMatchObject({ resumed });
  });

  it('reports which parameter changed, from what to what, and where it is set', async () => {
    const text = `
vars: { text: plain }
config: c.yaml
stages:
  a: { uses: make, with: { name: a, text: "\${text}" } }
`;
    rig.configs['c.yaml'] = 'text: old\n';
    await rig.run(text);
    rig.configs['c.yaml'] = '\ntext: new\n';
    expect(reasonsOf(await rig.run(text), 'a')).toEqual([
      'parameter text: "old" -> "new" (c.yaml:2:7)',
    ]);
  });

  it('reports changed code, packages and environment', async () => {
    await rig.run(chain());
    const { make } = rig.codes;
    const files = { 'src/a.ts': digestOf('new') };
    rig.codes = { make: { digest: digestOf('new code'), packages: { pkg: '2.0.0' }, files } };
    rig.facts = { backend: 'test 2' };
    expect(make).toBeDefined();
    expect(reasonsOf(await rig.run(chain()), 'a')).toEqual([
      'environment backend: test 1 -> test 2',
      'package pkg: 1.0.0 -> 2.0.0',
      'code: src/a.ts',
    ]);
  });

  it('runs a stage again when its results are lost', async () => {
    const first = await rig.run(chain());
    const objects = join(rig.layout.root, 'store', 'objects');
    const { rmSync } = await import('node:fs');
    rmSync(objects, { recursive: true });
    const second = await rig.run(chain());
    expect(second.executed).toEqual(['a', 'b', 'c']);
    expect(reasonsOf(second, 'a')).toEqual(['its results in the store are missing or damaged']);
    expect(rig.outputText(second, 'c')).toBe(rig.outputText(first, 'c'));
    expect((await rig.run(chain())).finished.executed).toBe(0);
  });

  it('is restricted to targets', async () => {
    expect((await rig.run(chain(), { targets: ['b'] })).executed).toEqual(['a', 'b']);
  });

  it('runs a forced stage, and the stages that depend on it only if the outputs differ', async () => {
    await rig.run(chain());
    const forced = await rig.run(chain(), { forced: ['b'] });
    expect(forced.executed).toEqual(['b']);
    expect(forced.finished.cached).toBe(2);
  });

  it('reports that a forced stage gives other bytes, and uses them', async () => {
    await rig.run(chain());
    rig.executor.instead.set('b', ({ outputs }) => {
      writeFileSync(join(outputs.out!, 'value.txt'), 'other');
      writeFileSync(join(outputs.other!, 'note.txt'), 'other');
      return ok(undefined);
    });
    const forced = await rig.run(chain(), { forced: ['b'] });
    expect(forced.events).toContainEqual(expect.objectContaining({ stage: 'b', differs: true }));
    expect(forced.executed).toEqual(['b', 'c']);
  });
});

describe('a plan', () => {
  it('reports what will run and what may run, and agrees with the run', async () => {
    rig.configs['c.yaml'] = 'rates: [1, 2]';
    expect((await rig.prepare(sweep(''))).plan.counts).toEqual({ run: 1, pending: 3, hit: 0 });
    await rig.run(sweep(''));
    expect((await rig.prepare(sweep(''))).plan.counts).toEqual({ run: 0, pending: 0, hit: 4 });
    const selection = { settings: ['rates[2]=7'] };
    const { counts } = (await rig.prepare(sweep(''), selection)).plan;
    expect(counts).toEqual({ run: 1, pending: 1, hit: 3 });
    expect((await rig.run(sweep(''), selection)).finished.executed).toBe(2);
  });
});
