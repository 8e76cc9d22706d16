/** `pipeline runs` and `pipeline log`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HistoryTerminal } from './history-rig.ts';
import { jsonLines } from './terminal.ts';

let terminal: HistoryTerminal;
beforeEach(() => {
  terminal = new HistoryTerminal();
});
afterEach(() => terminal.remove());

describe('pipeline runs', () => {
  it('lists runs with their selections, newest first', async () => {
    terminal.rig.configs['more.yaml'] = 'rates: [1, 2, 3]';
    expect((await terminal.pipeline('runs')).out).toBe('no runs yet\n');
    await terminal.pipeline('run', 'part[rate=1]', '--name', 'first');
    terminal.failing('part 3', 'no');
    await terminal.pipeline('run', '-c', 'more.yaml', '--set', 'text=x', '--jobs', '1');
    const { code, out, err } = await terminal.pipeline('runs');
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(
      `run                 when      took  ran  cached  state     name and selection
20231114-221320-r1  just now   0 s    2       1  1 failed  -c more.yaml --set t…
20231114-221320-r0  just now   0 s    2       0  done      first: part[rate=1]
`,
    );
    terminal.columns = 69;
    expect((await terminal.pipeline('runs')).out.split('\n')[0]).toBe(
      'run                 took  ran  cached  state     name and selection',
    );
    terminal.columns = 60;
    expect((await terminal.pipeline('runs')).out).toContain('name and s…\n');
    const one = await terminal.pipeline('runs', '-n', '1');
    expect(one.out).toMatch(/-r1 .*\n1 more \(use --all\)\n$/);
    expect(jsonLines((await terminal.pipeline('runs', '--json')).out)).toEqual([
      expect.objectContaining({ state: 'failed', executed: 2, cached: 1, failed: 1 }),
      {
        run: '20231114-221320-r0',
        time: '2023-11-14T22:13:20.000Z',
        name: 'first',
        selection: { configs: [], settings: [], targets: ['part[rate=1]'] },
        state: 'done',
        seconds: 0,
        executed: 2,
        cached: 0,
        failed: 0,
        skipped: 0,
        remaining: 0,
      },
    ]);
    expect((await terminal.pipeline('runs', '-n', 'x')).code).toBe(2);
  });

  it('shows a killed run as far as its journal goes', async () => {
    await terminal.pipeline('run');
    const journal = join(terminal.rig.layout.run('20231114-221320-r0'), 'journal.jsonl');
    const lines = readFileSync(journal, 'utf8').split('\n');
    writeFileSync(journal, `${lines.slice(0, 4).join('\n')}\n{"type":"stage-fini`);
    const [run] = jsonLines((await terminal.pipeline('runs', '--json')).out);
    expect(run).toMatchObject({ state: 'unfinished', executed: 1, remaining: 2 });
  });
});

describe('pipeline log', () => {
  it('prints the last attempt of a stage that failed', async () => {
    await terminal.pipeline('run', 'base');
    terminal.failing('part 1', 'the disk is wet');
    await terminal.pipeline('run', '--jobs', '1');
    await terminal.pipeline('run', 'base');
    const { code, out } = await terminal.pipeline('log', 'part');
    expect(code).toBe(0);
    expect(out).toBe(`part[rate=1]  run 20231114-221320-r1: first run
failed: the disk is wet
  help: wait
`);
    expect((await terminal.pipeline('log', 'base')).out).toBe(
      'base  run 20231114-221320-r0: first run\nfinished in 0 s\n',
    );
  });

  it('of a configuration or of settings is that of their last run', async () => {
    await terminal.pipeline('run', '--set', 'text=first');
    await terminal.pipeline('run', '--set', 'text=second');
    const log = async (...words: string[]) => terminal.pipeline('log', 'part[rate=1]', ...words);
    expect((await log()).out).toContain('run 20231114-221320-r1');
    expect((await log('--set', 'text=first')).out).toContain('run 20231114-221320-r0');
    const { code, err } = await log('-c', 'none.yaml');
    expect([code, err.includes('no run with these options executed')]).toEqual([2, true]);
  });

  it('prints the output of a stage per attempt', async () => {
    await terminal.pipeline('run');
    const journal = join(terminal.rig.layout.run('20231114-221320-r0'), 'journal.jsonl');
    const start = { type: 'stage-started', stage: 'base', reasons: [{ kind: 'forced' }] };
    const events = [
      { type: 'run-started', run: 'x', time: '2023-11-14T22:13:20.000Z', plan: {} },
      start,
      { type: 'stage-log', stage: 'base', message: 'one\ntwo' },
      { type: 'stage-failed', stage: 'base', failure: { kind: 'died', code: 3, signal: null } },
      start,
      { type: 'stage-log', stage: 'base', message: 'three' },
      { type: 'stage-log', stage: 'part[rate=1]', message: 'not this' },
      { type: 'stage-finished', stage: 'base', seconds: 61 },
    ];
    writeFileSync(journal, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    expect((await terminal.pipeline('log', 'base', '--run', 'latest')).out).toBe(
      `base  run 20231114-221320-r0, attempt 1 of 2: forced
  one
  two
failed: its process ended with exit code 3

base  run 20231114-221320-r0, attempt 2 of 2: forced
  three
finished in 1 min 01 s
`,
    );
    const lines = jsonLines((await terminal.pipeline('log', 'base', '--json')).out);
    expect(lines.map((line) => line.lines)).toEqual([['one', 'two'], ['three']]);
  });

  it('rejects a stage that no run executed', async () => {
    expect(await terminal.pipeline('log', 'base')).toMatchObject({ code: 2, out: '' });
    await terminal.pipeline('run');
    await terminal.pipeline('run');
    const { code, err } = await terminal.pipeline('log', 'base', '--run', 'latest');
    expect(code).toBe(2);
    expect(err).toContain('run 20231114-221320-r1 did not execute a stage "base"');
  });
});
