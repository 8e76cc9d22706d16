import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rig } from '../rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

/** Instance -> the ids of its inputs. */
async function edges(text: string): Promise<Record<string, string[]>> {
  const { stages } = (await rig.prepare(text)).plan.pipeline;
  return Object.fromEntries(
    stages.map((stage) => [
      stage.id,
      [...stage.inputs.values()].flat().map((reference) => reference.stage as string),
    ]),
  );
}

describe('a matrix', () => {
  it('is a product, or a union of products without duplicates', async () => {
    const text = `
stages:
  m:
    uses: make
    matrix:
      - { method: svd, rate: [1, 2] }
      - { method: [cur, svd], rate: 2, seed: 0 }
      - { rate: 2, method: svd }
    with: { name: "\${matrix.method}" }
`;
    expect(Object.keys(await edges(text))).toEqual([
      'm[method=svd,rate=1]',
      'm[method=svd,rate=2]',
      'm[method=cur,rate=2,seed=0]',
      'm[method=svd,rate=2,seed=0]',
    ]);
  });

  it('joins by shared axes, gathers open ones, follows each, filters', async () => {
    const text = `
stages:
  data: { uses: make, matrix: { set: [p, q] }, with: { name: d } }
  part: { uses: make, matrix: { set: [p, q], rate: [1, 2] }, with: { name: x }, inputs: { one: data } }
  tune: { uses: make, each: part, with: { name: "t \${matrix.rate}" }, inputs: { one: part } }
  all: { uses: make, with: { name: a }, inputs: { from: [tune, "part[rate=2]"] } }
  some: { uses: make, matrix: { set: q }, with: { name: s }, inputs: { from: part } }
`;
    const found = await edges(text);
    expect(found['part[set=q,rate=1]']).toEqual(['data[set=q]']);
    expect(found['tune[set=p,rate=2]']).toEqual(['part[set=p,rate=2]']);
    expect(found.all).toHaveLength(6);
    expect(found['some[set=q]']).toEqual(['part[set=q,rate=1]', 'part[set=q,rate=2]']);
  });

  it('multiplies the instances of the stage that it follows by its own axes', async () => {
    const text = `
stages:
  a: { uses: make, matrix: [{ x: 1 }, { x: 2, y: k }], with: { name: a } }
  b:
    uses: make
    each: a
    matrix: [{ z: [5, 6], exclude: [{ x: 1, z: 6 }] }, { w: 7 }]
    with: { name: "v \${matrix.x}" }
    inputs: { one: a }
`;
    const { a: _, ...found } = await edges(text);
    expect(found).toMatchObject({
      'b[x=1,z=5]': ['a[x=1]'],
      'b[x=2,y=k,z=5]': ['a[x=2,y=k]'],
      'b[x=2,y=k,z=6]': ['a[x=2,y=k]'],
      'b[x=1,w=7]': ['a[x=1]'],
      'b[x=2,y=k,w=7]': ['a[x=2,y=k]'],
    });
    expect(Object.keys(found).filter((id) => id.startsWith('b'))).toHaveLength(5);
  });

  it('takes one artifact from whichever of several stages fits', async () => {
    const text = `
stages:
  a: { uses: make, matrix: { x: [1, 2] }, with: { name: a } }
  b: { uses: make, matrix: { x: 3 }, with: { name: b } }
  c: { uses: make, matrix: { x: [1, 2, 3] }, with: { name: c }, inputs: { one: [a, b] } }
`;
    const found = await edges(text);
    expect(found['c[x=2]']).toEqual(['a[x=2]']);
    expect(found['c[x=3]']).toEqual(['b[x=3]']);
  });

  it('is empty if its axis is, and so are the stages that follow it', async () => {
    const text = `
stages:
  none: { uses: make, matrix: { x: [] }, with: { name: n } }
  after: { uses: make, each: none, with: { name: a }, inputs: { one: none } }
  base: { uses: make, with: { name: b } }
`;
    expect(Object.keys(await edges(text))).toEqual(['base']);
  });
});

describe('a union of products with different axes', () => {
  const text = (products: string) => `
stages:
  a: { uses: make, matrix: [${products}], with: { name: a } }
  b: { uses: make, each: a, with: { name: b }, inputs: { one: a } }
  c: { uses: make, matrix: { x: [1, 2] }, with: { name: c }, inputs: { from: a } }
`;
  it('is joined by the axes that each instance has, in any order', async () => {
    const one = await edges(text('{ x: 1 }, { x: 1, y: [7, 8] }, { x: 2 }'));
    const other = await edges(text('{ x: 1, y: [7, 8] }, { x: 2 }, { x: 1 }'));
    for (const found of [one, other]) {
      expect(found['b[x=1]']).toEqual(['a[x=1]']);
      expect(found['b[x=1,y=7]']).toEqual(['a[x=1,y=7]']);
      expect([...found['c[x=1]']!].sort()).toEqual(['a[x=1,y=7]', 'a[x=1,y=8]', 'a[x=1]']);
      expect(found['c[x=2]']).toEqual(['a[x=2]']);
    }
  });

  it('has no two instances with the same name', async () => {
    await expect(edges(text('{ x: [1, "1"] }'))).rejects.toThrow(/with and without quotes/);
  });

  it('may be empty for a part of what an input gathers', async () => {
    const gathered = `
stages:
  a: { uses: make, with: { name: a } }
  none: { uses: make, matrix: { x: [] }, with: { name: n } }
  all: { uses: make, with: { name: all }, inputs: { from: [a, none] } }
`;
    expect((await edges(gathered)).all).toEqual(['a']);
  });
});

describe('variables', () => {
  it('give whole values, parts of texts, and values of other variables', async () => {
    const text = `
vars: { base: { n: 2 }, name: "v\${base.n}", all: { name: "\${name}", text: "$$\{kept} \${base.n}" } }
stages:
  a: { uses: make, with: "\${all}" }
`;
    expect((await rig.prepare(text)).plan.pipeline.stages[0]!.parameters).toMatchObject({
      name: 'v2',
      text: `$\{kept} 2`,
    });
  });

  it('are set by configurations in order, and by settings last', async () => {
    rig.configs = { 'one.yaml': 'deep: { a: one, b: one }', 'two.yaml': 'deep: { b: two }' };
    const text = `
vars: { deep: { a: zero, b: zero, c: zero } }
stages:
  a: { uses: make, with: { name: "\${deep.a} \${deep.b} \${deep.c}" } }
`;
    const selection = { configs: ['one.yaml', 'two.yaml'], settings: ['deep.c=set'] };
    const { stages } = (await rig.prepare(text, selection)).plan.pipeline;
    expect(stages[0]!.parameters.name).toBe('one two set');
  });

  it('support YAML anchors and merges', async () => {
    const text = `
vars: { common: &common { text: shared } }
stages:
  a: { uses: make, with: { <<: *common, name: a } }
`;
    expect((await rig.prepare(text)).plan.pipeline.stages[0]!.parameters.text).toBe('shared');
  });
});

describe('targets', () => {
  const text = `
stages:
  m: { uses: make, matrix: { rate: [1, 2] }, with: { name: m } }
  n: { uses: make, each: m, with: { name: n }, inputs: { one: m } }
`;
  it('name a stage or some of its instances', async () => {
    const ids = async (target: string) =>
      (await rig.prepare(text, { targets: [target] })).plan.pipeline.stages.map(
        (stage) => stage.id as string,
      );
    expect(await ids('n')).toHaveLength(4);
    expect(await ids('n[rate=2]')).toEqual(['m[rate=2]', 'n[rate=2]']);
  });

  it('that do not exist are reported', async () => {
    await expect(rig.prepare(text, { targets: ['k'] })).rejects.toThrow(
      /no stage is named .*known: m, n/,
    );
    await expect(rig.prepare(text, { targets: ['n[rate=5]'] })).rejects.toThrow(
      /has no rate .*known: 1, 2/,
    );
  });
});
