/** A record that can not be read ends the plan, because it may have the facts of the results. */
import { rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepare } from '../../src/runner/index.ts';
import { LastResults } from '../../src/runner/state/last-results.ts';
import { chain, single } from './facts-rig.ts';
import { Rig } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

describe('a record that can not be read', () => {
  const text = `vars: { text: one }${chain.replace('{ name: a }', '{ name: a, text: "${text}" }')}`;

  /** The folder of the first stage's newest record. */
  function folderOfRecord(): string {
    const { key } = new LastResults(rig.layout).get('a')!;
    return dirname(rig.layout.action(key));
  }

  /** Makes a folder unreadable, also for root. */
  function hide(folder: string): void {
    rmSync(folder, { recursive: true });
    symlinkSync(folder, folder);
  }

  const planOf = (planned: string) =>
    prepare(rig.project(planned), { configs: [], settings: [], targets: [], forced: [] });

  const unreadable = {
    ok: false,
    error: {
      unreadableStore: true,
      diagnostics: [{ message: expect.stringMatching(/^the store can't be read: ELOOP/) }],
      read: expect.arrayContaining([expect.stringMatching(/pipeline\.yaml$/)]),
    },
  };

  it('ends the plan if it is one of the newest results', async () => {
    await rig.run(single('a'));
    hide(folderOfRecord());
    expect(await planOf(single('b'))).toMatchObject(unreadable);
  });

  it.each([
    ['the facts that the results were made with', text, false],
    ['the cost of a change', text.replace('text: one', 'text: two'), true],
  ])('ends the plan if it may have %s', async (_what, newest, isNamed) => {
    await rig.run(text);
    const folder = folderOfRecord();
    rig.facts = { backend: 'test 2' };
    rig.isNamed = true;
    await rig.run(newest);
    hide(folder);
    rig.facts = { backend: 'test 3' };
    rig.isNamed = isNamed;
    expect(await planOf(text)).toMatchObject(unreadable);
  });
});
