/**
 * A damaged file is refused by name, or read: it never causes another error, a hang or much memory.
 * ONNX_MUTATIONS is the number of mutations of each model.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Mutation, mutations, truncations } from './mutations.ts';
import { computedMs, external, MEMORY, outcome, TIME } from './read-or-refused.ts';
import {
  modelBytes,
  nodeProto,
  type SmallModel,
  type SmallNode,
  tensorProto,
  weight,
} from './small-models.ts';

const COUNT = Number(process.env.ONNX_MUTATIONS ?? 60);
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'onnx-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const chain: readonly SmallNode[] = [
  ['Conv', ['x', 'k', 'c'], ['f'], { pads: [1, 1, 1, 1], group: 2 }],
  ['Relu', ['f'], ['g']],
  ['Flatten', ['g'], ['h']],
  ['Transpose', ['v'], ['w'], { perm: [1, 0] }],
  ['Gemm', ['h', 'w', 'b'], ['y'], { alpha: { float: 0.5 } }],
];

const models: Readonly<Record<string, SmallModel>> = {
  'convolution and dense layer': {
    ...{ nodes: chain, inputs: { x: [1, 4, 2, 2] } },
    constants: { k: weight(4, 2, 3, 3), c: weight(4), v: weight(3, 16), b: weight(3) },
  },
  'external data': {
    nodes: [['MatMul', ['x', 'w'], ['y']]],
    inputs: { x: [2, 4] },
    constants: {
      w: { shape: [4, 3], type: 1, fields: external('model.bin', 0, 48) },
      u: { shape: [2], type: 1, fields: external('model.bin', 48, 8) },
    },
  },
  'constants of all kinds': {
    nodes: [
      [
        'ConstantOfShape',
        ['s'],
        ['w'],
        { value: tensorProto('', { shape: [1], type: 1, fields: { floatData: [2] } }) },
      ],
      ['MatMul', ['x', 'w'], ['a']],
      ['Constant', [], ['m'], { value: tensorProto('', weight(2, 6)) }],
      ['Reshape', ['m', 'r'], ['n']],
      ['MatMul', ['a', 'n'], ['d']],
      ['DequantizeLinear', ['q', 'e'], ['p'], { axis: 0 }],
      ['Cast', ['p'], ['o'], { to: 1 }],
      ['Gemm', ['o', 'd'], ['y'], { transB: 1 }],
    ],
    inputs: { x: [2, 4] },
    constants: {
      s: { shape: [2], data: BigInt64Array.of(4n, 3n) },
      r: { shape: [2], data: BigInt64Array.of(3n, -1n) },
      q: { shape: [4, 4], data: Int8Array.from({ length: 16 }, (_, i) => i) },
      e: weight(4),
    },
  },
  'a branch': {
    nodes: [
      [
        ...(['If', ['t'], ['y']] as const),
        {
          then_branch: {
            name: 'a',
            node: [nodeProto(['MatMul', ['x', 'w'], ['i']])],
            output: [{ name: 'i' }],
          },
          else_branch: {
            name: 'b',
            node: [nodeProto(['Relu', ['x'], ['j']])],
            output: [{ name: 'j' }],
          },
        },
      ],
    ],
    ...{ inputs: { x: [2, 4], t: [1] }, constants: { w: weight(4, 4) } },
  },
};

/** The outcome of each mutation. */
function check(all: Iterable<Mutation>, folder: string): readonly string[] {
  const outcomes: string[] = [];
  for (const { name, bytes } of all) {
    const memory = process.memoryUsage.rss();
    const ms = computedMs(() => {
      try {
        outcomes.push(outcome(bytes, folder));
      } catch (problem) {
        throw new Error(`mutation '${name}'`, { cause: problem });
      }
    });
    expect(ms, name).toBeLessThan(TIME);
    expect(process.memoryUsage.rss() - memory, name).toBeLessThan(MEMORY);
  }
  return outcomes;
}

const isRefused = (one: string): boolean => one !== 'read';

describe.each(Object.entries(models))('%s', (name, model) => {
  const bytes = modelBytes(model);
  beforeEach(() => writeFileSync(join(folder, 'model.bin'), new Uint8Array(56)));

  test('is read', () => expect(outcome(bytes, folder)).toBe('read'));

  test('is refused where it is cut, and called so', () => {
    const messages = check(truncations(bytes), folder);
    expect(messages.every(isRefused)).toBe(true);
    // Between two fields, the file is whole: something is missing.
    const whole = messages.filter((message) => !message.startsWith('it is cut'));
    expect(whole.length).toBeLessThan(8);
    for (const message of whole) expect(message).toMatch(/empty|no graph|the file names none/);
  });

  test('survives mutations', () => {
    const outcomes = check(mutations(bytes, COUNT, name.length), folder);
    expect(outcomes).toHaveLength(COUNT);
    expect(outcomes.filter(isRefused).length).toBeGreaterThan(COUNT / 4);
  });
});
