/** What a run prewarms while a single stage runs. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { StageType } from '../../../src/runner/graph/stage-type.ts';
import { make, Rig } from '../rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
  declare('last', {});
});
afterEach(() => rig.remove());

const text = (second: string) => `
stages:
  first: { uses: make, with: { name: first } }
  second: { ${second}, with: { name: second }, inputs: { one: first } }
  third: { uses: last, with: { name: third }, inputs: { from: [first, second] } }
`;

function declare(name: string, more: Partial<StageType>): void {
  const type = { ...make, name, ...more } as StageType;
  rig.types.set(name, type);
  rig.codes = { ...rig.codes, [name]: rig.codes.make! };
}

it('prewarms the process of the stage that waits only for it, with its facts and variables', async () => {
  declare('many', {
    parallel: true,
    variables: ({ backend }) => ({ THREADS: `of ${backend}` }),
  });
  await rig.run(text('uses: many'), { jobs: 3 });
  const variables = { THREADS: 'of test 1' };
  const second = { type: 'many', facts: { backend: 'test 1' }, cores: 3, variables };
  expect(rig.executor.prepared[0]).toEqual(second);
});

it('prewarms nothing without a second core, or if the running stage uses several cores', async () => {
  await rig.run(text('uses: make'), { jobs: 1 });
  expect(rig.executor.prepared).toEqual([]);
  declare('make', { parallel: true });
  rig.facts = { backend: 'test 2' };
  expect((await rig.run(text('uses: make'), { jobs: 3 })).executed).toHaveLength(3);
  expect(rig.executor.prepared).toEqual([]);
});

it('prewarms nothing for a stage whose GPUs or cores are known only at its start', async () => {
  declare('gpu', { resources: () => ({ gpu: 1 }) });
  await rig.run(text('uses: gpu'), { jobs: 3 });
  await rig.run(text('uses: make, resources: { cpu: 2 }'), { jobs: 3 });
  // This machine has no GPU, so no stage runs after the first of them.
  expect(rig.executor.prepared.map(({ type }) => type)).toEqual(['last']);
});
