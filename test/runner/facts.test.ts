/** The facts of the machine that a plan is made with: what is known when they are chosen, and what a change costs. */
import { rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepare } from '../../src/runner/index.ts';
import { changedFacts } from '../../src/runner/project/changed-facts.ts';
import { LastResults } from '../../src/runner/state/last-results.ts';
import { Rig } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

const chain = `
stages:
  a: { uses: make, with: { name: a } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
  c: { uses: make, with: { name: c }, inputs: { from: b } }
`;

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

const single = (...names: readonly string[]) =>
  `stages:\n${names.map((name) => `  ${name}: { uses: make, with: { name: ${name} } }\n`).join('')}`;

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

describe('facts that only some stage types declare', () => {
  const text = `${chain}  t1: { uses: time, with: { name: t1 } }
  t2: { uses: time, with: { name: t2 } }
  t3: { uses: time, with: { name: t3 } }
  t4: { uses: time, with: { name: t4 } }
`;
  beforeEach(() => {
    rig.types.set('time', { ...rig.types.get('make')!, name: 'time', environment: ['processor'] });
    rig.codes = { ...rig.codes, time: rig.codes.make! };
    rig.facts = { backend: 'test 1', processor: 'old' };
  });

  it('are named when facts are chosen, from the last plan and without it', async () => {
    await rig.run(chain);
    expect(rig.known.at(-1)!.names).toEqual(['backend']);
    await rig.run(text);
    expect(rig.known.at(-1)!.names).toEqual(['backend', 'processor']);
    const again = await rig.prepare(text);
    expect(again.rows).toBeDefined();
    expect(rig.known.at(-1)!.names).toEqual(['backend', 'processor']);
  });

  it('are not part of the other keys', async () => {
    await rig.run(text);
    rig.facts = { backend: 'test 1', processor: 'new' };
    const { executed } = await rig.run(text);
    expect([...executed].sort()).toEqual(['t1', 't2', 't3', 't4']);
  });

  it('do not hide the backend of the results, even if most results have no backend', async () => {
    await rig.run(text);
    rmSync(rig.layout.lastPlan);
    await rig.prepare(text);
    expect(rig.known.at(-1)!.kept).toEqual({ backend: 'test 1', processor: 'old' });
  });
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

describe('a record that can not be read', () => {
  const text = `vars: { text: one }${chain.replace('{ name: a }', '{ name: a, text: "${text}" }')}`;

  /** The folder of the first stage's newest record. */
  function folderOfRecord(): string {
    const { key } = new LastResults(rig.layout).get('a')!;
    return dirname(rig.layout.action(key));
  }

  /** Makes a folder unreadable, also for root. */
  function hide(folder: string): void {
    rmSync(folder, { recursive: true });
    symlinkSync(folder, folder);
  }

  const planOf = (planned: string) =>
    prepare(rig.project(planned), { configs: [], settings: [], targets: [], forced: [] });

  const unreadable = {
    ok: false,
    error: {
      unreadableStore: true,
      diagnostics: [{ message: expect.stringMatching(/^the store can't be read: ELOOP/) }],
      read: expect.arrayContaining([expect.stringMatching(/pipeline\.yaml$/)]),
    },
  };

  it('ends the plan if it is one of the newest results', async () => {
    await rig.run(single('a'));
    hide(folderOfRecord());
    expect(await planOf(single('b'))).toMatchObject(unreadable);
  });

  it.each([
    ['the facts that the results were made with', text, false],
    ['the cost of a change', text.replace('text: one', 'text: two'), true],
  ])('ends the plan if it may have %s', async (_what, newest, isNamed) => {
    await rig.run(text);
    const folder = folderOfRecord();
    rig.facts = { backend: 'test 2' };
    rig.isNamed = true;
    await rig.run(newest);
    hide(folder);
    rig.facts = { backend: 'test 3' };
    rig.isNamed = isNamed;
    expect(await planOf(text)).toMatchObject(unreadable);
  });
});

describe('a fact that matters beside another type', () => {
  const facts = { backend: 'test 1', speed: 'fast 1' };
  const both = `${chain}  other: { uses: other, with: { name: z } }\n`;
  beforeEach(() => {
    const make = rig.types.get('make')!;
    rig.types.set('make', { ...make, environmentWith: { other: ['speed'] } });
    rig.types.set('other', { ...make, name: 'other', environment: [] });
    rig.codes = { ...rig.codes, other: rig.codes.make! };
    rig.facts = facts;
  });

  it('is part of keys there, and of no others', async () => {
    await rig.run(chain);
    expect(rig.known.at(-1)).toMatchObject({ names: ['backend'] });
    rig.facts = { ...facts, speed: 'slow 1' };
    expect((await rig.prepare(chain)).plan.counts).toMatchObject({ run: 0 });
    await rig.run(both);
    expect(rig.known.at(-1)).toMatchObject({ names: ['backend', 'speed'] });
  });

  it('is found out again from the last plan', async () => {
    await rig.run(both);
    const same = await rig.prepare(both);
    expect(same.rows).toBeDefined();
    expect(same.plan.counts).toMatchObject({ run: 0, pending: 0 });
    expect(rig.known.at(-1)).toMatchObject({ names: ['backend', 'speed'], kept: facts });
    rig.facts = { ...facts, speed: 'slow 1' };
    const { counts } = (await rig.prepare(both)).plan;
    expect(counts.run + counts.pending).toBe(3);
  });
});
