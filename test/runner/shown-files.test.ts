/** What a run leaves for users: `latest/`, the journal, and objects that were damaged. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LastResults } from '../../src/runner/state/last-results.ts';
import { chain } from './chain-rig.ts';
import { Rig } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

describe('the files for users', () => {
  it('can be unwritable: a run reports that and continues, and a file in the way is renamed', async () => {
    await rig.run(chain());
    const { rmSync } = await import('node:fs');
    rmSync(rig.layout.latest, { recursive: true });
    rmSync(rig.layout.runs, { recursive: true });
    writeFileSync(rig.layout.latest, 'in the way');
    writeFileSync(rig.layout.runs, 'in the way');
    const outcome = await rig.run(chain('y'));
    expect(outcome.finished).toMatchObject({ executed: 3, failed: 0 });
    const warnings = outcome.events.filter((event) => event.type === 'warning');
    expect(JSON.stringify(warnings)).toMatch(/no journal/);
    expect(readFileSync(`${rig.layout.latest}.1`, 'utf8')).toBe('in the way');
    expect(readdirSync(rig.layout.latest).sort()).toEqual(['a', 'b', 'c']);
  });

  it('are repaired after a killed run', async () => {
    await rig.run(chain('x'));
    const file = join(rig.layout.latest, 'a', 'out', 'value.txt');
    const wanted = readFileSync(file, 'utf8');
    const note = join(rig.layout.latest, 'a', '.outputs');
    const { files } = JSON.parse(readFileSync(note, 'utf8'));
    writeFileSync(note, JSON.stringify({ outputs: null, files }));
    const index = new LastResults(rig.layout);
    const { shown: _shown, ...entry } = index.get('a')!;
    index.set(entry);
    const { rmSync } = await import('node:fs');
    rmSync(file);
    writeFileSync(file, wanted.replace('x', 'z'));
    await rig.run(chain('x'));
    expect(readFileSync(file, 'utf8')).toBe(wanted);
  });

  it("include a user's file whose name an output needs, under another name", async () => {
    const folder = join(rig.layout.latest, 'a', 'out');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'value.txt'), 'mine');
    await rig.run(chain('x'));
    expect(readFileSync(join(folder, 'value.txt.1'), 'utf8')).toBe('mine');
    expect(readFileSync(join(folder, 'value.txt'), 'utf8')).toContain('x');
    await rig.run(chain('y'));
    expect(readdirSync(folder).sort()).toEqual(['value.txt', 'value.txt.1']);
  });

  it("include a user's files, even if they look like ours", async () => {
    await rig.run(chain('x'));
    const { copyFileSync, chmodSync } = await import('node:fs');
    const folder = join(rig.layout.latest, 'a', 'out');
    const copy = join(folder, 'before.txt');
    copyFileSync(join(folder, 'value.txt'), copy);
    chmodSync(copy, 0o444);
    await rig.run(chain('y'));
    expect(existsSync(copy)).toBe(true);
  });
});

describe('a damaged object', () => {
  it('is replaced when a forced stage builds it again', async () => {
    const first = await rig.run(chain());
    const wanted = rig.outputText(first, 'a');
    const object = join(rig.layout.root, 'store', 'objects');
    for (const name of readdirSync(object, { recursive: true, encoding: 'utf8' })) {
      const path = join(object, name);
      if (!name.includes('/') || readFileSync(path, 'utf8') !== wanted) continue;
      chmodSync(path, 0o644);
      writeFileSync(path, wanted.replace('x', 'z'));
    }
    const forced = await rig.run(chain(), { forced: ['a'] });
    expect(forced.finished.failed).toBe(0);
    expect(rig.outputText(forced, 'a')).toBe(wanted);
  });
});

describe('the artifacts of a run', () => {
  it('are shown in latest/, are restored if deleted, and user files there are kept', async () => {
    await rig.run(chain());
    const file = join(rig.layout.latest, 'c', 'out', 'value.txt');
    const text = readFileSync(file, 'utf8');
    const { rmSync } = await import('node:fs');
    rmSync(file);
    const own = join(rig.layout.latest, 'c', 'mine.txt');
    writeFileSync(own, 'my notes');
    await rig.run(chain());
    expect(readFileSync(file, 'utf8')).toBe(text);
    await rig.run(chain('y'));
    expect(readFileSync(file, 'utf8')).not.toBe(text);
    expect(readFileSync(own, 'utf8')).toBe('my notes');
  });

  it('include a journal of each run', async () => {
    await rig.run(chain());
    const journal = readFileSync(join(rig.layout.run('run-0'), 'journal.jsonl'), 'utf8');
    const types = journal
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    expect(types[0]).toBe('run-started');
    expect(types.filter((type) => type === 'stage-finished')).toHaveLength(3);
    expect(types.at(-1)).toBe('run-finished');
    expect(existsSync(rig.layout.workspaces) && readdirSync(rig.layout.workspaces).length > 0).toBe(
      false,
    );
  });
});
