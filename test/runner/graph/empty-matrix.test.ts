/** A sweep that is disabled by an empty list leaves the rest of the pipeline as it is. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { defineStage } from '../../../src/runner/graph/stage-type.ts';
import { prepare } from '../../../src/runner/index.ts';
import { command } from '../../../src/stages/command.ts';
import { make, Rig } from '../rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
  rig.types.set('command', command);
  const inputs = { from: { kind: 'file', many: true } };
  rig.types.set('gather', defineStage({ ...make, name: 'gather', inputs } as never));
});
afterEach(() => rig.remove());

async function inputsOrErrors(stage: string): Promise<string[] | Record<string, number>> {
  const text = `vars: { rates: [] }
stages:
  one: { uses: make, with: { name: one } }
  sweep: { uses: make, matrix: { rate: "\${rates}" }, with: { name: "n\${matrix.rate}" } }
  all: ${stage}`;
  const selection = { configs: [], settings: [], targets: [], forced: [] };
  const prepared = await prepare(rig.project(text), selection);
  if (!prepared.ok) return prepared.error.diagnostics.map(({ message }) => message);
  const { inputs } = prepared.value.plan.pipeline.byId.get('all' as never)!;
  return Object.fromEntries([...inputs].map(([port, taken]) => [port, taken.length]));
}

it.each([
  ['a command', '{ run: "ls > o", inputs: { s: "sweep[*].out" }, outputs: [o] }', {}],
  [
    'a command, with others',
    '{ run: "ls > o", inputs: { s: [sweep, one] }, outputs: [o] }',
    { 's/one': 1 },
  ],
  [
    'an input that may be absent',
    '{ uses: make, with: { name: a }, inputs: { from: sweep } }',
    { from: 0 },
  ],
  [
    'a list with others',
    '{ uses: gather, with: { name: a }, inputs: { from: [sweep, one] } }',
    { from: 1 },
  ],
])('%s gathers nothing of it', async (_who, stage, inputs) => {
  expect(await inputsOrErrors(stage)).toEqual(inputs);
});

it('an input that needs an artifact reports which stage has no instances', async () => {
  expect(
    await inputsOrErrors('{ uses: gather, with: { name: a }, inputs: { from: sweep } }'),
  ).toEqual(['"sweep" has no instances, and the input "from" takes at least one']);
  expect(await inputsOrErrors('{ uses: make, with: { name: a }, inputs: { one: sweep } }')).toEqual(
    ['"sweep" has no instances, and the input "one" takes one'],
  );
});
