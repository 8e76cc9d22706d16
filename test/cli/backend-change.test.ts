import { rmSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Terminal } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.columns = 1000;
  terminal.text = `
stages:
  a: { uses: make, with: { name: a } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
`;
});
afterEach(() => terminal.remove());

async function linesOf(...words: readonly string[]): Promise<readonly string[]> {
  return (await terminal.pipeline(...words)).out.split('\n');
}

describe('a plan in which only the backend has changed', () => {
  const changed = 'the backend changed from test 1 to other 2: 2 results will be recomputed; ';

  beforeEach(async () => {
    await terminal.pipeline('run');
    terminal.rig.facts = { backend: 'other 2' };
    terminal.rig.notes = ['backend other 2'];
  });

  it('says so at the top, with both ways out', async () => {
    terminal.rig.isNamed = true;
    const [first, second] = await linesOf('plan');
    expect(first).toBe('backend other 2');
    expect(second).toBe(
      `${changed}keep them with --backend test, or reuse them with --reuse-across-backends`,
    );
    expect(await linesOf('run')).toContain(second);
  });

  it('advises only what works', async () => {
    const [, second] = await linesOf('plan');
    expect(second).toBe(`${changed}reuse them with --reuse-across-backends`);
    const reused = await linesOf('plan', '--reuse-across-backends');
    expect(reused.join('\n')).not.toContain('changed from');
    // A newer version has no other name.
    terminal.rig.isNamed = true;
    terminal.rig.facts = { backend: 'test 2' };
    expect((await linesOf('plan'))[1]).toBe(
      'the backend changed from test 1 to test 2: 2 results will be recomputed; reuse them with --reuse-across-backends',
    );
  });
});

it('a store that can not be read ends the plan with a sentence', async () => {
  await terminal.pipeline('run');
  const { actions } = terminal.rig.layout;
  rmSync(actions, { recursive: true });
  symlinkSync(actions, actions);
  const { code, err } = await terminal.pipeline('plan');
  expect(code).toBe(1);
  expect(err).toMatch(/^error: the store can't be read: ELOOP/);
});

it('a run with nothing to do reminds of a faster backend, and says nothing else', async () => {
  await terminal.pipeline('run');
  expect((await linesOf('run'))[0]).toMatch(/^0 executed/);
  terminal.rig.isSlower = true;
  expect((await linesOf('run'))[0]).toBe('backend test 1');
});
