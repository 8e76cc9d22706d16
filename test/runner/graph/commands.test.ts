/** Where the inputs of a command are placed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Stage } from '../../../src/runner/graph/pipeline.ts';
import { prepare } from '../../../src/runner/index.ts';
import { CommandRig } from '../../stages/command-rig.ts';

let rig: CommandRig;
beforeEach(() => {
  rig = new CommandRig('');
  rig.write('a.csv', 'a');
  rig.write('data/b.csv', 'b');
  rig.write('p.yaml', 'lr: 1\nlist: [1, 2]\n');
});
afterEach(() => rig.remove());

async function stages(text: string): Promise<ReadonlyMap<string, Stage>> {
  const selection = { configs: [], settings: [], targets: [], forced: [] };
  const prepared = await prepare(rig.project(text), selection);
  if (!prepared.ok) throw new Error((await rig.diagnostics(text)).join('\n'));
  return prepared.value.plan.pipeline.byId;
}

/** Where the inputs of a stage are placed, and which outputs they are. */
async function inputsOf(text: string, id: string): Promise<Record<string, string[]>> {
  const { inputs } = (await stages(text)).get(id)!;
  return Object.fromEntries(
    [...inputs].map(([port, taken]) => [port, taken.map((one) => `${one.stage}.${one.port}`)]),
  );
}

const sweep = `stages:
  m: { matrix: { x: [1, 2], y: [u, v] }, run: touch o p, outputs: [o, p] }
  n: { run: touch o, outputs: [o] }
`;

describe('the inputs of a command', () => {
  it('that a reference gathers are in folders named by the axes that it leaves open', async () => {
    const gather = (inputs: string, matrix = '') =>
      `${sweep}  g: { ${matrix}run: touch o, outputs: [o], inputs: { ${inputs} } }\n`;
    expect(await inputsOf(gather('all/: m'), 'g')).toEqual({
      'all/x=1,y=u': ['m[x=1,y=u].o'],
      'all/x=1,y=v': ['m[x=1,y=v].o'],
      'all/x=2,y=u': ['m[x=2,y=u].o'],
      'all/x=2,y=v': ['m[x=2,y=v].o'],
    });
    expect(await inputsOf(gather('all: "m[x=2].p"'), 'g')).toEqual({
      'all/y=u': ['m[x=2,y=u].p'],
      'all/y=v': ['m[x=2,y=v].p'],
    });
    const own = 'matrix: { x: [1, 2] }, ';
    expect(await inputsOf(gather('all: m', own), 'g[x=2]')).toEqual({
      'all/y=u': ['m[x=2,y=u].o'],
      'all/y=v': ['m[x=2,y=v].o'],
    });
    const all = ['all/x=1,y=u', 'all/x=1,y=v', 'all/x=2,y=u', 'all/x=2,y=v'];
    expect(Object.keys(await inputsOf(gather('all: "m[*]"', own), 'g[x=2]'))).toEqual(all);
    expect(Object.keys(await inputsOf(gather('all: "m[x=*]"', own), 'g[x=2]'))).toEqual(all);
    expect(await inputsOf(gather('all: "m[x=*,y=u]"', own), 'g[x=2]')).toEqual({
      'all/x=1': ['m[x=1,y=u].o'],
      'all/x=2': ['m[x=2,y=u].o'],
    });
    expect(await inputsOf(gather('all: [n, m.p]', own), 'g[x=2]')).toEqual({
      'all/n': ['n.o'],
      'all/m/y=u': ['m[x=2,y=u].p'],
      'all/m/y=v': ['m[x=2,y=v].p'],
    });
  });

  it('are named by variables, in the name, the filter and the output', async () => {
    const text = `vars: { wanted: 2, port: p, dir: deep }
${sweep}  g: { matrix: { y: [u, v] }, run: touch o, outputs: [o], inputs: { "\${dir}/\${matrix.y}.txt": "m[x=\${wanted}].\${port}" } }
`;
    expect(await inputsOf(text, 'g[y=v]')).toEqual({ 'deep/v.txt': ['m[x=2,y=v].p'] });
  });

  it('are in folders whose names may have any value of an axis', async () => {
    const text = `stages:
  m: { matrix: { x: ['a/b', '..', 'a b', 'é', '%2F', '$\${y}'] }, run: touch o, outputs: [o] }
  g: { run: touch o, outputs: [o], inputs: { all: m } }
`;
    const names = Object.keys(await inputsOf(text, 'g'));
    expect(names).toEqual([
      'all/x=a%2Fb',
      'all/x=..',
      'all/x=a b',
      'all/x=%C3%A9',
      'all/x=%252F',
      'all/x=%24%7By%7D',
    ]);
  });

  it('of a matrix with included and excluded instances', async () => {
    const text = `stages:
  m:
    matrix:
      - { x: [1, 2], exclude: [{ x: 2 }], include: [{ x: 5 }] }
      - { x: [3], z: [1, 2], exclude: { x: [3, 4], z: 1 } }
    run: touch o
    outputs: [o]
`;
    expect([...(await stages(text)).keys()]).toEqual(['m[x=1]', 'm[x=5]', 'm[x=3,z=2]']);
  });
});
