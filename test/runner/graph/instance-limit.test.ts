/**
 * A matrix is counted before it is expanded. Beyond a limit it is refused, with the sizes of its
 * axes.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importDvc } from '../../../src/dvc/import-dvc.ts';
import { prepare } from '../../../src/runner/index.ts';
import { memoryFolder } from '../../dvc/memory-folder.ts';
import { Rig } from '../rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

const selection = { configs: [], settings: [], targets: [], forced: [] };
const thousand = JSON.stringify(Array.from({ length: 1000 }, (_, i) => i));

async function problemsOf(text: string): Promise<string[]> {
  const prepared = await prepare(rig.project(text), selection);
  return prepared.ok
    ? []
    : prepared.error.diagnostics.map(({ message, suggestion }) => `${message} / ${suggestion}`);
}

const help = 'shorten an axis, or set PIPELINE_MAX_INSTANCES to a higher limit';

describe('a pipeline of too many instances', () => {
  it('is refused with the sizes of the axes', async () => {
    const text = `stages:
  m:
    uses: make
    matrix: { x: ${thousand}, y: ${thousand}, z: ${thousand} }
    with: { name: m }`;
    expect(await problemsOf(text)).toEqual([
      `the stage "m" has 1,000,000,000 instances (x: 1,000, y: 1,000, z: 1,000); the limit is 1,000,000 / ${help}`,
    ]);
  });

  const cases = {
    'of one matrix': 'a: { uses: make, matrix: { x: [1, 2, 3], y: [1, 2] }, with: { name: a } }',
    'of several stages': `a: { uses: make, matrix: { x: [1, 2, 3] }, with: { name: a } }
  b: { uses: make, matrix: { x: [1, 2, 3] }, with: { name: a } }`,
    'of a union':
      'a: { uses: make, matrix: [{ x: [1, 2, 3] }, { y: [1, 2, 3] }], with: { name: a } }',
    'of stages that follow another': `a: { uses: make, matrix: { x: [1, 2] }, with: { name: a } }
  b: { uses: make, each: a, matrix: { y: [1, 2] }, with: { name: a } }`,
    'of included products': `a: { uses: make, matrix: { x: 1, include: [{ x: [2, 3, 4] }, { x: [5, 6] }] }, with: { name: a } }`,
  };
  it.each(Object.entries(cases))(
    '%s: the limit is one for the whole pipeline',
    async (_, stages) => {
      rig.environment = { PIPELINE_MAX_INSTANCES: '5' };
      const [problem, ...others] = await problemsOf(`stages:\n  ${stages}`);
      expect(problem).toMatch(/^the stage "[ab]" has \d instances? .*; the limit is 5 \//);
      expect(others).toEqual([]);
      rig.environment = { PIPELINE_MAX_INSTANCES: '6' };
      expect(await problemsOf(`stages:\n  ${stages}`)).toEqual([]);
    },
  );

  it('counts only the instances left after exclusions for the stages that follow it', async () => {
    rig.environment = { PIPELINE_MAX_INSTANCES: '4' };
    const text = `stages:
  a: { uses: make, matrix: { x: [1, 2], y: [1, 2], exclude: [{ x: 1, y: 1 }] }, with: { name: a } }
  b: { uses: make, with: { name: b } }`;
    expect(await problemsOf(text)).toEqual([]);
  });

  it('counts a value that is listed twice once', async () => {
    rig.environment = { PIPELINE_MAX_INSTANCES: '2' };
    expect(
      await problemsOf('stages:\n  a: { uses: make, matrix: { x: [1, 1, 2] }, with: { name: a } }'),
    ).toEqual([]);
  });

  it('is refused if its inputs gather too many', async () => {
    rig.environment = { PIPELINE_MAX_INSTANCES: '20' };
    const tens = '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]';
    const all = (count: number) => `stages:
  a: { uses: make, matrix: { x: ${tens} }, with: { name: a } }
  b: { uses: make, matrix: { y: ${tens} }, with: { name: b }, inputs: { from: [${Array(count).fill('"a[*]"')}] } }`;
    expect(await problemsOf(all(2))).toEqual([]);
    expect(await problemsOf(all(3))).toEqual([
      'the inputs of "b" and of the stages before it use more than 200 outputs / gather fewer instances per input, or set PIPELINE_MAX_INSTANCES to a higher limit than 20',
    ]);
  });

  it('reports a limit variable that is not a number', async () => {
    rig.environment = { PIPELINE_MAX_INSTANCES: 'many' };
    expect(await problemsOf('stages: { a: { uses: make, with: { name: a } } }')).toEqual([
      'the environment variable PIPELINE_MAX_INSTANCES is "many", which is not a number of instances / set it to a whole number above 0; without it the limit is 1,000,000',
    ]);
  });
});

describe('an import of too many instances', () => {
  const imported = (text: string, limit?: number) =>
    importDvc({ path: 'dvc.yaml', text }, memoryFolder(new Map()), {
      partial: true,
      ...(limit !== undefined && { limit }),
    });

  it('is refused with the sizes of the axes', () => {
    const text = `stages:
  a:
    matrix: { x: ${thousand}, y: ${thousand}, z: ${thousand} }
    cmd: echo`;
    const { problems, text: written } = imported(text);
    expect(written).toBeUndefined();
    expect(problems.map(({ message }) => message)).toEqual([
      'the stage "a" has 1,000,000,000 instances (x: 1,000, y: 1,000, z: 1,000); the limit is 1,000,000',
    ]);
  });

  it.each(['[1, 2, 3]', '{ a: 1, b: 2, c: 3 }'])('counts the iterations of foreach: %s', (list) => {
    const text = `stages:\n  a:\n    foreach: ${list}\n    do: { cmd: "echo \${item}" }`;
    expect(imported(text, 3).problems).toEqual([]);
    expect(imported(text, 2).problems.map(({ message }) => message)).toEqual([
      'the stage "a" has 3 instances (foreach: 3); the limit is 2',
    ]);
  });
});
