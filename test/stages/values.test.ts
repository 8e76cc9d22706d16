/** A command receives exactly the value in the document, with all digits. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defineStage } from '../../src/runner/graph/stage-type.ts';
import { prepare } from '../../src/runner/index.ts';
import { buildWorker, CommandRig } from './command-rig.ts';

let folder: string;
let worker: string;
let rig: CommandRig;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'values-'));
  worker = await buildWorker(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  rig = new CommandRig(worker);
});
afterEach(() => rig.remove());

const counted = defineStage({
  name: 'counted',
  description: 'takes numbers',
  parameters: v.strictObject({ seed: v.optional(v.pipe(v.number(), v.minValue(0))), any: v.any() }),
  inputs: {},
  outputs: { out: 'file' },
  load: async () => ({ run: () => Promise.reject(new Error('it never runs')) }),
});

/** Instance -> key, for stages without inputs. */
async function keysOf(text: string, settings: string[] = []): Promise<Record<string, string>> {
  const project = { ...rig.project(text), codes: { counted: CODE } };
  rig.types.set('counted', counted);
  const prepared = await prepare(project, { configs: [], settings, targets: [], forced: [] });
  if (!prepared.ok) throw new Error(prepared.error.diagnostics.map(textOf).join('\n'));
  const decisions = [...prepared.value.plan.decisions];
  return Object.fromEntries(decisions.map(([id, one]) => [id, 'key' in one ? one.key : one.kind]));
}

const CODE = { digest: '0'.repeat(64) as never, packages: {}, files: {} };

function textOf({
  message,
  span,
  suggestion,
}: {
  message: string;
  span?: { file: string; line: number; column: number };
  suggestion?: string;
}): string {
  return `${span?.file}:${span?.line}:${span?.column} ${message}${suggestion ? ` (${suggestion})` : ''}`;
}

const SEEDS = ['12345678901234567891', '12345678901234567892'] as const;

/** How a value reaches a command. */
const WAYS: Record<string, (value: string) => string> = {
  'its text': (value) => `vars: { x: ${value} }\nstages: { a: { run: 'echo \${x}' } }`,
  'its environment': (value) => `stages: { a: { run: date, env: { X: ${value} } } }`,
  'its environment by a variable': (value) =>
    `vars: { x: ${value} }\nstages: { a: { run: date, env: { X: '\${x}' } } }`,
  'its parameters': (value) => `stages: { a: { run: date, with: { deep: [{ x: ${value} }] } } }`,
  'a YAML file': (value) => {
    rig.write('p.yaml', `x: ${value}\nother: 1\n`);
    return 'stages: { a: { run: date, params: { p.yaml: [x] } } }';
  },
  'a JSON file': (value) => {
    rig.write('p.json', `{ "x": ${value}, "other": 1 }`);
    return 'stages: { a: { run: date, params: { p.json: [x] } } }';
  },
};

describe('a command is given', () => {
  it('each value unchanged, in every way of passing it', async () => {
    rig.write('p.yaml', `seed: ${SEEDS[0]}\nlr: 1.0\noff: no\nbest: .inf\n`);
    rig.write('p.json', `{ "seed": -${SEEDS[0]}, "lr": 1.0, "none": NaN }`);
    const text = `vars: { seed: ${SEEDS[0]}, lr: 1.0, small: 1e-7, hex: 0x1F, flag: True, sha: 61e9540, day: 2020-01-02 }
stages:
  a:
    matrix: { s: ['\${seed}', ${SEEDS[1]}] }
    run:
      - echo \${seed} resnet-\${lr} \${small} \${hex} \${flag} \${sha} \${day} \${matrix.s} > o
      - echo $SEED $LR $FLAG $S >> o
      - cat $PIPELINE_PARAMETERS >> o
      - echo >> o
      - cat p.yaml p.json >> o
    env: { SEED: '\${seed}', LR: 1.0, FLAG: true, S: '\${matrix.s}' }
    with: { seed: '\${seed}', lr: '\${lr}', small: '\${small}', hex: '\${hex}', flag: '\${flag}', list: [2.50] }
    params: { p.yaml: [seed, lr, off], p.json: null }
    outputs: [o]
`;
    expect((await rig.run(text)).failures).toEqual({});
    const [own] = SEEDS;
    const outputOf = (s: string) => `${own} resnet-1.0 1e-7 0x1F True 61e9540 2020-01-02 ${s}
${own} 1.0 true ${s}
{"seed":${own},"lr":1.0,"small":1e-7,"hex":31,"flag":true,"list":[2.50]}
seed: ${own}
lr: 1.0
off: no
{
  "seed": -${own},
  "lr": 1.0,
  "none": NaN
}
`;
    for (const s of SEEDS) expect(rig.latest(`a/s=${s}/o`)).toBe(outputOf(s));
    expect((await rig.run(text)).finished).toMatchObject({ executed: 0, cached: 2 });
  });

  describe.each(Object.entries(WAYS))('by %s', (_way, write) => {
    it.each([
      [...SEEDS],
      ['-9223372036854775808', '-9223372036854775809'],
      ['9007199254740992', '9007199254740993'],
      ['0.1', '0.10000000000000000555'],
      ['1', '1.0'],
    ])('%s and %s under two keys', async (one = '', other = '') => {
      expect(await keysOf(write(one))).not.toEqual(await keysOf(write(other)));
    });
  });

  it('its values under the same key as before', async () => {
    rig.write('p.yaml', 'a: 1\nb: [0.5, text, two words, "no", true, null]\nn: { y: -3 }\n');
    rig.write('p.json', '{ "a": 1, "b": [0.5, "x", true, null], "c": { "d": 0.001 } }');
    const text = `vars: { lr: 0.5, tag: abc, n: 3, flag: true, name: "two words" }
stages:
  a:
    matrix: { model: [u, v], seed: [0, 1] }
    run: echo \${lr} \${tag} \${n} \${flag} \${name} \${matrix.model} \${matrix.seed}
    with: { lr: '\${lr}', tag: '\${tag}', deep: { flag: '\${flag}', none: null, list: [1, 2.5, x] } }
    env: { N: '\${n}', F: true, L: 0.25 }
    params: { p.yaml: null, p.json: null }
  b: { uses: counted, with: { seed: 1.0, any: [1e3, 0x1F, True] } }
`;
    // The keys of version 0.1.0.
    expect(await keysOf(text)).toEqual({
      'a[model=u,seed=0]': '7e32bc5e70a7fc16317d9fc98705290d18d8f36348e546e32f4e689651f55ce7',
      'a[model=u,seed=1]': 'd4952c168ca31a2e551cb5170e7e88322c98c6f83971805cb40ef5effe626de4',
      'a[model=v,seed=0]': '9e68f0b5b5014b95d467d98355c4df7b873afc45af2a134e86c03492f07131b7',
      'a[model=v,seed=1]': '64ddb3a48cd62357ff6a940e1d1d6c46168279e457822bc0febbb2dad48c5304',
      b: '10a331203f3ae34ec4a94ac67ff3ac213c47ab0e633fb619f46748abb8fed567',
    });
  });
});

describe("a number that JavaScript can't represent", () => {
  it.each([
    [SEEDS[0], 'is outside the range of exact integers'],
    ['-12345678901234567891', 'is outside the range of exact integers'],
    ['9007199254740993', 'is outside the range of exact integers'],
    ['0xFFFFFFFFFFFFFFFF', 'is outside the range of exact integers'],
    ['.inf', 'is not a finite number'],
    ['-.INF', 'is not a finite number'],
    ['.nan', 'is not a finite number'],
    ['61e9540', 'is not a finite number'],
  ])('is an error at its place if a stage type requires a number: %s', async (value, message) => {
    const text = `vars: { seed: 1 }\nstages: { a: { uses: counted, with: { seed: '\${seed}', any: 1 } } }`;
    await expect(keysOf(text, [`seed=${value}`])).rejects.toThrow(
      `--set seed=${value}:1:6 "seed": ${value} ${message}`,
    );
    await expect(keysOf(text.replace("'${seed}'", value))).rejects.toThrow('pipeline.yaml:2:');
  });

  it('is passed as its digits if a stage type accepts anything', async () => {
    const [one, other] = await Promise.all(
      SEEDS.map((seed) => keysOf(`stages: { a: { uses: counted, with: { any: ${seed} } } }`)),
    );
    expect(one).not.toEqual(other);
  });

  it('names an instance, and joins it', async () => {
    const text = `vars: { seeds: [${SEEDS.join()}, 1.0, 1] }
stages:
  a: { matrix: { seed: '\${seeds}' }, run: touch o, outputs: [o] }
  b: { matrix: { seed: '\${seeds}' }, run: cat o, inputs: { o: a } }
  c: { run: cat o, inputs: { o: 'a[seed=1.0]' } }
`;
    const names = [...SEEDS, '1.0', '1'];
    expect(Object.keys(await keysOf(text))).toEqual([
      ...names.map((seed) => `a[seed=${seed}]`),
      ...names.map((seed) => `b[seed=${seed}]`),
      'c',
    ]);
  });

  it('is an error if JSON can not represent it', async () => {
    const text = 'stages: { a: { run: date, with: { best: .inf } } }';
    await expect(keysOf(text)).rejects.toThrow(
      `pipeline.yaml:1:41 .inf can't be written as JSON, which "with" requires`,
    );
  });
});

describe('a value that no stage reads', () => {
  const odd =
    'best: .inf\nsha: 61e9540\nworst: -.nan\n? [a, b]\n: 1\nconstructor: 2\n~: 3\n!odd x: !other y\n';

  it('is no error in a file of parameters', async () => {
    rig.write('p.yaml', `lr: 1\n${odd}`);
    expect(await keysOf('stages: { a: { run: date, params: { p.yaml: [lr] } } }')).toHaveProperty(
      'a',
    );
  });

  it('is an error at its place if it is read after all', async () => {
    rig.write('p.yaml', `lr: 1\n${odd}`);
    const all = 'stages: { a: { run: date, params: { p.yaml: null } } }';
    await expect(keysOf(all)).rejects.toThrow('p.yaml:5:3 a key must be a word');
    await expect(keysOf(all)).rejects.toThrow('p.yaml:7:1 "constructor" can\'t be a key');
  });

  it('is no error among the variables', async () => {
    expect(
      await keysOf('vars: { best: .inf, sha: 61e9540 }\nstages: { a: { run: date } }'),
    ).toHaveProperty('a');
  });
});
