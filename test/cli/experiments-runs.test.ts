/** `pipeline experiments`: rows of several runs, and of damaged journals. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/runner/key/digest.ts';
import { ExperimentsTerminal } from './experiments-rig.ts';
import { jsonLines } from './terminal.ts';

let terminal: ExperimentsTerminal;
beforeEach(() => {
  terminal = new ExperimentsTerminal();
});
afterEach(() => terminal.remove());

describe('pipeline experiments', () => {
  it('shows results of several runs once, and tells rows apart by a changed parameter', async () => {
    terminal.measure();
    await terminal.pipeline('run');
    await terminal.pipeline('run', '--name', 'again');
    terminal.measure([0.91, 0.8, 0.95, 0.99], 0.2);
    await terminal.pipeline('run', 'part[rate=2]', '--set', 'text=other');
    expect(await terminal.table('rate=2', '--columns', 'accuracy')).toBe(
      `key      method  train.text  name   accuracy
*******  svd     plain       again       0.9
*******  cur     plain       again      0.95
*******  svd     other       -          0.91
*******  cur     other       -          0.95
the same in all: stage part, rate 2, train.accuracy 0.97
4 of 6 rows
`,
    );
    const own = await terminal.table('--run', 'again', '--run', 'latest~1', 'method=svd', '--csv');
    expect(own.trimEnd().split('\n')).toHaveLength(3);
    expect(await terminal.table('name=again', 'current=true', '--csv')).toMatch(
      /^key,.*\n(?:.*\n){4}$/,
    );
    const unknown = await terminal.pipeline('experiments', '--run', 'agian');
    expect(unknown.err).toContain('no run "agian" (did you mean "again"?)');
  });

  it('names the run where nothing else tells rows apart', async () => {
    terminal.measure();
    await terminal.pipeline('run', 'train');
    terminal.rig.codes = { make: { digest: digestOf('other code'), packages: {}, files: {} } };
    terminal.write('train', { accuracy: 0.96, loss: 0.1 });
    await terminal.pipeline('run', 'train');
    expect(await terminal.table()).toBe(`key      run                 accuracy
*******  20231114-221320-r1      0.96
*******  20231114-221320-r0      0.97
the same in all: stage train, loss 0.1
2 rows
`);
  });

  it('leaves out a row that is part of another one', async () => {
    terminal.measure();
    await terminal.pipeline('run', 'train');
    expect(await terminal.table()).toContain('\n1 row\n');
    await terminal.pipeline('run');
    expect(await terminal.table()).toContain('\n4 rows\n');
  });

  it('has the program and the commit of the run that made a row', async () => {
    const project = terminal.rig.project.bind(terminal.rig);
    const commit = 'ab'.repeat(20);
    const asked: boolean[] = [];
    terminal.rig.project = (pipeline) => ({
      ...project(pipeline),
      origin: async (whole) => {
        asked.push(whole);
        return { version: '1.2.3', commit, ...(whole && { changed: true }) };
      },
    });
    terminal.measure();
    await terminal.pipeline('run');
    await terminal.pipeline('run');
    expect(asked).toEqual([true, false]);
    const [first] = jsonLines((await terminal.pipeline('experiments', '--json')).out);
    expect(first!.values).toMatchObject({ version: '1.2.3', commit, changed: true, current: true });
    expect(first!.runs).toHaveLength(2);
    expect(jsonLines((await terminal.pipeline('runs', '--json')).out)[0]).toMatchObject({
      origin: { version: '1.2.3', commit },
    });
    expect(await terminal.table(`commit=${commit.slice(0, 8)}`, '--columns', 'commit')).toContain(
      'method  rate  commit\n',
    );
  });

  it('reads damaged journals as far as they go', async () => {
    terminal.measure();
    await terminal.pipeline('run');
    const [run] = readdirSync(terminal.rig.layout.runs);
    const journal = join(terminal.rig.layout.run(run!), 'journal.jsonl');
    for (const content of ['', '{"type":"run-started"', '\n\n']) {
      writeFileSync(journal, content);
      // The current results are known without a journal.
      expect(await terminal.table()).toContain('\n4 rows\n');
    }
  });
});
