/** Maps as values of an axis: how they are named, read, joined and left out. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Stage } from '../../../src/runner/graph/pipeline.ts';
import { prepare } from '../../../src/runner/index.ts';
import { CommandRig } from '../../stages/command-rig.ts';

let rig: CommandRig;
beforeEach(() => {
  rig = new CommandRig('');
});
afterEach(() => rig.remove());

async function stages(text: string, targets: string[] = []): Promise<ReadonlyMap<string, Stage>> {
  const selection = { configs: [], settings: [], targets, forced: [] };
  const prepared = await prepare(rig.project(text), selection);
  if (!prepared.ok) throw new Error((await rig.diagnostics(text)).join('\n'));
  return prepared.value.plan.pipeline.byId;
}

const runs = async (text: string, targets?: string[]) =>
  Object.fromEntries(
    [...(await stages(text, targets))].map(([id, { parameters }]) => [id, parameters.run]),
  );

const sweep = (models: string, more = '') => `stages:
  fit:
    matrix: { model: ${models}, seed: [0]${more} }
    run: fit --depth \${matrix.model.depth} --seed \${matrix.seed}
    outputs: [o]
`;

describe('an instance of a map', () => {
  it.each([
    ['its name', '[{ name: a, depth: 2 }, { name: b, depth: 3 }]', ['a', 'b']],
    ['its id', '[{ id: a, depth: 2 }, { id: b, depth: 3 }]', ['a', 'b']],
    [
      'its id where names are not unique',
      '[{ name: x, id: 1, depth: 2 }, { name: x, id: 2, depth: 3 }]',
      ['1', '2'],
    ],
    ['its position', '[{ depth: 2 }, { depth: 3 }]', ['0', '1']],
    [
      'its place where a name can be none',
      '[{ name: "e[1]", depth: 2 }, { name: b, depth: 3 }]',
      ['0', '1'],
    ],
    ['its position if one has no name', '[{ name: a, depth: 2 }, { depth: 3 }]', ['0', '1']],
    [
      'its name, to the letter',
      '[{ name: 1.0, depth: 2 }, { name: 12345678901234567891, depth: 3 }]',
      ['1.0', '12345678901234567891'],
    ],
  ])('is named by %s', async (_what, models, [one, other]) => {
    expect(await runs(sweep(models))).toEqual({
      [`fit[model=${one},seed=0]`]: ['fit --depth 2 --seed 0'],
      [`fit[model=${other},seed=0]`]: ['fit --depth 3 --seed 0'],
    });
  });

  const two = '[{ name: a, depth: 2 }, { name: b, depth: 3 }]';

  it('is selected by its name', async () => {
    expect(Object.keys(await runs(sweep(two), ['fit[model=b]']))).toEqual(['fit[model=b,seed=0]']);
  });

  it('is left out by its name, or by values in it', async () => {
    const rest = ['fit[model=b,seed=0]'];
    for (const one of ['a', '{ depth: 2 }', '[{ name: a, depth: 2 }]']) {
      expect(Object.keys(await runs(sweep(two, `, exclude: [{ model: ${one} }]`)))).toEqual(rest);
    }
    await expect(stages(sweep(two, ', exclude: [{ model: { depth: 4 } }]'))).rejects.toThrow(
      'this excludes no instance',
    );
  });

  it('of an included product is another one, whatever its position', async () => {
    const text = sweep(
      '[{ depth: 2 }]',
      ', include: [{ model: { depth: 5 }, seed: 1 }, { model: { depth: 2 }, seed: 0 }]',
    );
    expect(Object.keys(await runs(text))).toEqual(['fit[model=0,seed=0]', 'fit[model=1,seed=1]']);
  });

  it('is joined by its name', async () => {
    const text = `vars: { models: ${two} }
${sweep("'${models}'")}  score:
    matrix: { model: '\${models}' }
    run: cat o \${matrix.model.name}
    inputs: { o: fit }
  best: { run: ls -R all, inputs: { all: fit } }
  one: { run: cat o, inputs: { o: 'fit[model=b]' } }
`;
    const all = await stages(text);
    expect([...all.get('score[model=b]')!.inputs.values()]).toEqual([
      [{ stage: 'fit[model=b,seed=0]', port: 'o' }],
    ]);
    expect([...all.get('best')!.inputs.keys()]).toEqual([
      'all/model=a,seed=0',
      'all/model=b,seed=0',
    ]);
    expect([...all.get('one')!.inputs.values()].flat()[0]).toMatchObject({
      stage: 'fit[model=b,seed=0]',
    });
  });

  it("is passed on whole as a parameter, and can't be part of a text", async () => {
    const text = (more: string) =>
      `stages: { a: { matrix: { model: ${two} }, run: 'echo ${more}', with: { model: '\${matrix.model}' } } }`;
    expect((await stages(text('x'))).get('a[model=a]')!.parameters.with).toEqual({
      model: { name: 'a', depth: 2 },
    });
    const selection = { configs: [], settings: [], targets: [], forced: [] };
    const prepared = await prepare(rig.project(text('${matrix.model}')), selection);
    expect(prepared.ok || prepared.error.diagnostics[0]).toMatchObject({
      message: '"${matrix.model}" is a map, which can\'t be part of a text',
      suggestion: 'name one of its values: ${matrix.model.name}, ${matrix.model.depth}',
    });
    const quoted = await prepare(rig.project(text('${matrix.model|quote}')), selection);
    expect(quoted.ok || quoted.error.diagnostics[0]).toMatchObject({
      suggestion: 'name one of its values: ${matrix.model.name|quote}, ${matrix.model.depth|quote}',
    });
  });

  it('that is named by its position is the same in each stage that has the axis', async () => {
    const text = (other: string) => `stages:
  a: { matrix: { x: [{ d: 1 }, { d: 2 }] }, run: touch o, outputs: [o] }
  b: { matrix: { x: ${other} }, run: cat o, inputs: { o: a } }
`;
    expect((await stages(text('[{ d: 1 }, { d: 2 }]'))).size).toBe(4);
    expect((await stages(text('[{ d: 1 }]'))).size).toBe(3);
    expect((await stages(text('[0, 1]'))).size).toBe(4);
    await expect(stages(text('[{ d: 2 }]'))).rejects.toThrow(
      '"b" and "a" have different maps on the axis "x", which are named by position',
    );
  });

  it('may contain characters that no name can have', async () => {
    const text = `stages: { a: { matrix: { x: [{ name: e, value: "f,g=h[1]" }] }, run: 'echo \${matrix.x.value}' } }`;
    expect(await runs(text)).toEqual({ 'a[x=e]': ['echo f,g=h[1]'] });
  });
});
