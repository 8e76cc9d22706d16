/**
 * A warning for an axis that changes nothing: its instances look like several results but are one.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { command } from '../../../src/stages/command.ts';
import { Rig } from '../rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
  rig.types.set('command', command);
});
afterEach(() => rig.remove());

async function warnings(stages: string): Promise<string[]> {
  const text = `vars: { seeds: [0, 1, 2] }\nstages:\n${stages}`;
  return (await rig.prepare(text)).warnings.map(({ message }) => message);
}

const unused = (axis: string, stage: string, count: number) =>
  `the axis "${axis}" of "${stage}" is not used: its ${count} values give the same result`;

it('warns with the place and a suggestion', async () => {
  const text = `stages:
  draw:
    matrix: { seed: [0, 1, 2] }
    run: date > o
    outputs: [o]`;
  expect((await rig.prepare(text)).warnings).toEqual([
    {
      severity: 'warning',
      message: unused('seed', 'draw', 3),
      span: expect.objectContaining({ line: 3, column: 15 }),
      suggestion: 'use ${matrix.seed} in the stage, or remove the axis',
    },
  ]);
});

it.each([
  ['run', 'a: { matrix: { x: [1, 2] }, run: "echo ${matrix.x} > o", outputs: [o] }'],
  [
    'run, quoted',
    'a: { matrix: { x: [1, 2] }, run: "echo ${ matrix.x | quote } > o", outputs: [o] }',
  ],
  ['with', 'a: { matrix: { x: [1, 2] }, uses: make, with: { name: "n${matrix.x}" } }'],
  ['env', 'a: { matrix: { x: [1, 2] }, run: "true", env: { X: "${matrix.x}" }, outputs: [o] }'],
  ['an output', 'a: { matrix: { x: [1, 2] }, run: "true", outputs: ["o-${matrix.x}"] }'],
  [
    'the whole matrix',
    'a: { matrix: { x: [1, 2] }, run: "true", with: { all: "${matrix}" }, outputs: [o] }',
  ],
  ['one value alone', 'a: { matrix: { x: 1 }, run: "true", outputs: [o] }'],
  [
    'a stage that shares it',
    `a: { matrix: { x: [1, 2] }, uses: make, with: { name: "n\${matrix.x}" } }
  b: { matrix: { x: [1, 2] }, uses: make, with: { name: b }, inputs: { one: a } }
  c: { each: b, uses: make, with: { name: c }, inputs: { one: b } }`,
  ],
  [
    'a reference',
    `a: { matrix: { x: [1, 2] }, uses: make, with: { name: "n\${matrix.x}" } }
  b: { matrix: { y: [1, 2] }, uses: make, with: { name: b }, inputs: { one: "a[x=\${matrix.y}]" } }`,
  ],
])('does not warn of an axis that is used: %s', async (_how, stages) => {
  expect(await warnings(`  ${stages}`)).toEqual([]);
});

it.each([
  [
    'passEnv',
    'a: { matrix: { x: [1, 2] }, run: "true", passEnv: ["${matrix.x}"], outputs: [o] }',
    'a',
  ],
  [
    'timeout',
    'a: { matrix: { x: [1, 2] }, run: "true", timeout: "${matrix.x}", outputs: [o] }',
    'a',
  ],
  [
    'a reference that gathers it',
    `a: { matrix: { x: [1, 2] }, uses: make, with: { name: "n\${matrix.x}" } }
  b: { matrix: { x: [1, 2] }, uses: make, with: { name: b }, inputs: { from: "a[*]" } }`,
    'b',
  ],
  [
    'a reference to one value',
    `a: { matrix: { x: [1, 2] }, uses: make, with: { name: "n\${matrix.x}" } }
  b: { matrix: { x: [1, 2] }, uses: make, with: { name: b }, inputs: { one: "a[x=1]" } }`,
    'b',
  ],
])('ignores uses that are in no key: %s', async (_how, stages, stage) => {
  expect(await warnings(`  ${stages}`)).toEqual([unused('x', stage, 2)]);
});
