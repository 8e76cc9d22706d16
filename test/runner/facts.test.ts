/** The facts of the machine that a plan is made with: what is known when they are chosen, and what a change costs. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changedFacts } from '../../src/runner/project/changed-facts.ts';
import { chain, single } from './facts-rig.ts';
import { Rig } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

it('knows the facts of the results, from the last plan and without it', async () => {
  await rig.prepare(chain);
  const declared = { names: ['backend'] };
  expect(rig.known.at(-1)).toEqual({ backend: undefined, kept: undefined, ...declared });
  await rig.run(chain);
  rig.known.length = 0;
  const same = await rig.prepare(chain);
  expect(same.rows).toBeDefined();
  expect(rig.known).toEqual([
    { backend: undefined, kept: { backend: 'test 1' }, names: ['backend'] },
  ]);
  const other = await rig.prepare(`${chain}  d: { uses: make, with: { name: d } }\n`);
  expect(other.rows).toBeUndefined();
  expect(rig.known.at(-1)).toMatchObject({ kept: { backend: 'test 1' } });
});

it('knows those of most results, not of a trial', async () => {
  await rig.run(chain);
  rig.facts = { backend: 'test 2' };
  await rig.run(chain, { targets: ['a'] });
  await rig.prepare(chain);
  expect(rig.known.at(-1)).toMatchObject({ kept: { backend: 'test 1' } });
  await rig.run(chain);
  await rig.prepare(chain);
  expect(rig.known.at(-1)).toMatchObject({ kept: { backend: 'test 2' } });
});

it('counts the versions of one name together, and knows the newest of them', async () => {
  for (const [backend, names] of [
    ['fast 1', ['a', 'b']],
    ['fast 2', ['c', 'd']],
    ['slow 1', ['e', 'f', 'g']],
  ] as const) {
    rig.facts = { backend };
    await rig.run(single(...names));
  }
  await rig.prepare(single('h'));
  expect(rig.known.at(-1)).toMatchObject({ kept: { backend: 'fast 2' } });
});

it('chooses only once if the results of stages to run have the same facts', async () => {
  await rig.run(chain);
  rig.known.length = 0;
  await rig.prepare(chain, { forced: 'all' });
  expect(rig.known).toHaveLength(1);
  rmSync(rig.layout.objects, { recursive: true });
  rmSync(rig.layout.lastPlan);
  rig.known.length = 0;
  const { plan } = await rig.prepare(chain);
  expect(plan.counts.run).toBeGreaterThan(0);
  expect(rig.known).toHaveLength(1);
});

it('knows the backend that the documents name, and its place, also from the last plan', async () => {
  const text = `backend: fast\nvars: { text: plain }${chain}`;
  await rig.run(text);
  const named = { value: 'fast', span: { file: 'pipeline.yaml', line: 1, column: 10 } };
  expect(rig.known.at(-1)).toMatchObject({ backend: named });
  const again = await rig.prepare(text);
  expect(again.rows).toBeDefined();
  expect(rig.known.at(-1)).toMatchObject({ backend: named });
  rig.configs['a.yaml'] = 'text: other\nbackend: slow\n';
  await rig.prepare(text, { configs: ['a.yaml'] });
  const configured = { value: 'slow', span: { file: 'a.yaml', line: 2, column: 10 } };
  expect(rig.known.at(-1)).toMatchObject({ backend: configured });
});

it('reads "backend" in a configuration as a variable if the pipeline declares one', async () => {
  const text = `vars: { backend: plain }
stages: { a: { uses: make, with: { name: a, text: "\${backend}" } } }`;
  rig.configs['a.yaml'] = 'backend: other\n';
  const { plan } = await rig.prepare(text, { configs: ['a.yaml'] });
  expect(rig.known.at(-1)!.backend).toBeUndefined();
  expect(plan.pipeline.stages[0]!.parameters).toMatchObject({ text: 'other' });
});

it.each([
  ['backend: [wasm]', 'pipeline.yaml', undefined],
  ['config: a.yaml', 'a.yaml', 'backend: 3\n'],
  ['include: a.yaml', 'a.yaml', `backend: fast\n${chain}`],
])('refuses a backend in another form, or in an included file: %s', async (line, file, other) => {
  if (other !== undefined) rig.configs['a.yaml'] = other;
  const prepared = rig.prepare(`${line}\nstages: { z: { uses: make, with: { name: z } } }`);
  await expect(prepared).rejects.toThrow(/backend/);
  await expect(prepared).rejects.toThrow(file);
});

it('counts the results that only changed facts make old', async () => {
  await rig.run(chain);
  expect(changedFacts(await rig.prepare(chain))).toBeUndefined();
  rig.facts = { backend: 'test 2' };
  expect(changedFacts(await rig.prepare(chain))).toEqual({
    changes: [{ name: 'backend', before: 'test 1', after: 'test 2' }],
    results: 3,
  });
  // A stage without results has none to make again.
  const longer = `${chain}  d: { uses: make, with: { name: d }, inputs: { from: c } }\n`;
  expect(changedFacts(await rig.prepare(longer))).toMatchObject({ results: 3 });
  const reused = await rig.prepare(chain, { reuseAcrossBackends: true });
  expect(changedFacts(reused)).toBeUndefined();
});

it('does not count a stage in which more has changed', async () => {
  await rig.run(chain);
  rig.facts = { backend: 'test 2' };
  const edited = chain.replace('with: { name: a }', 'with: { name: a, text: new }');
  expect(changedFacts(await rig.prepare(edited))).toBeUndefined();
});

describe('two configurations, computed with different facts', () => {
  const text = `vars: { text: one }${chain.replace('{ name: a }', '{ name: a, text: "${text}" }')}`;
  const other = { settings: ['text=two'] };

  beforeEach(async () => {
    await rig.run(text);
    rig.facts = { backend: 'test 2' };
    await rig.run(text, other);
  });

  it('keep theirs', async () => {
    rig.choose = ({ kept }) => kept ?? { backend: 'none' };
    for (const selection of [{}, other, {}]) {
      const { plan } = await rig.prepare(text, selection);
      expect(plan.counts).toEqual({ run: 0, pending: 0, hit: 3 });
    }
    await rig.prepare(text);
    const [kept, newest] = [{ backend: 'test 1' }, { backend: 'test 2' }];
    expect(rig.known.at(-1)).toMatchObject({ kept, newest });
    // A third one continues with the newest.
    const third = await rig.prepare(text, { settings: ['text=three'] });
    expect(third.planContext.facts).toEqual({ backend: 'test 2' });
  });

  it('say what a change costs', async () => {
    rig.isNamed = true;
    const prepared = await rig.prepare(text);
    expect(prepared.planContext.facts).toEqual({ backend: 'test 2' });
    expect(changedFacts(prepared)).toEqual({
      changes: [{ name: 'backend', before: 'test 1', after: 'test 2' }],
      results: 3,
    });
  });
});
