/** A list in the place of a map is reported, and never read as a map with the keys 0, 1, 2. */
import { afterAll, expect, it } from 'vitest';
import { prepare } from '../../../src/runner/index.ts';
import { Rig } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.remove());

const stage = 'stages:\n  a:\n    uses: make\n    with: { name: a }\n';

it.each([
  ['vars', `vars: [A]\n${stage}`],
  ['inputs', `${stage}    inputs: [b]\n  b: { uses: make, with: { name: b } }\n`],
  ['matrix', `${stage}    matrix: [[1, 2]]\n`],
  ['with', 'stages:\n  a: { uses: make, with: [name] }\n'],
  ['stages', 'stages: [{ uses: make, with: { name: a } }]\n'],
])('%s', async (key, text) => {
  const prepared = await prepare(rig.project(text), {
    ...{ configs: [], settings: [], targets: [], forced: [] },
  });
  expect(prepared.ok).toBe(false);
  if (prepared.ok) return;
  const reported = prepared.error.diagnostics.map(({ message }) => message).join('\n');
  expect(reported).toContain(key);
  expect(reported).toMatch(/found a list|takes/);
  expect(prepared.error.diagnostics.every(({ span }) => span !== undefined)).toBe(true);
});

it('an axis with any characters can name a folder', async () => {
  const text = `${stage}    matrix: { of: ["😀", "\\ud800", "a/b"] }\n`;
  expect((await rig.prepare(text)).plan.pipeline.stages).toHaveLength(3);
});
