/** What `pipeline run` prints, with each of its options. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, ok } from '../../src/base/result.ts';
import { executed, sweep } from './run-rig.ts';
import { jsonLines, Terminal } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = sweep;
});
afterEach(() => terminal.remove());

describe('pipeline run', () => {
  it('prints the stages, and the folder of the results', async () => {
    const { code, out, err } = await terminal.pipeline('run');
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain('backend test 1\n4 of 4 stages to run\n');
    expect(out).toContain('start   part[rate=2]  first run');
    expect(out).toMatch(/done {4}end {2}\S+ s\n/);
    expect(out).toMatch(/4 executed, 0 cached in \S+ s\nresults: artifacts\/latest\/end\/\n$/);
    const again = await terminal.pipeline('run');
    expect(again.out).toMatch(/^0 executed, 4 cached in \S+ s\nresults: .*\n$/);
  });

  it('accepts targets, settings, configurations and a number of jobs', async () => {
    terminal.rig.configs['more.yaml'] = 'rates: [1, 2, 3]';
    const { code } = await terminal.pipeline('run', 'part[rate=1]', '--jobs', '1');
    expect(code).toBe(0);
    expect([...terminal.rig.executor.counts.keys()]).toEqual(['base', 'part 1']);
    const more = await terminal.pipeline('run', '-c', 'more.yaml', '--set', 'rates[1]=9', '--json');
    expect(executed(more.out)).toBe(3);
    expect([...terminal.rig.executor.counts.keys()].sort()).toEqual(
      ['base', 'end', 'part 1', 'part 3', 'part 9'].sort(),
    );
    await terminal.pipeline('run', '-f', 'other.yaml', '--backend', 'wasm');
    expect(terminal.asked).toEqual({ file: 'other.yaml', backend: 'wasm', cache: 'read' });
  });

  it('with --force runs the named stages again, or all', async () => {
    await terminal.pipeline('run');
    const one = await terminal.pipeline('run', '--force', 'part[rate=2]');
    expect(one.out).toContain('start   part[rate=2]  forced');
    expect(one.out).toContain('1 executed, 3 cached');
    const both = await terminal.pipeline('run', '--force', 'base', 'end');
    expect(both.out).toContain('2 executed, 2 cached');
    expect((await terminal.pipeline('run', '--force')).out).toContain('4 executed, 0 cached');
    expect(await terminal.pipeline('run', '--force', 'prat')).toMatchObject({ code: 2, out: '' });
  });

  it('warns if a forced stage makes different bytes', async () => {
    await terminal.pipeline('run');
    const { executor } = terminal.rig;
    executor.instead.set('end', (invocation) => {
      executor.instead.clear();
      void executor.execute(
        { ...invocation, parameters: { name: 'other', text: 'other' } },
        new AbortController().signal,
        () => undefined,
      );
      return ok(undefined);
    });
    const { out } = await terminal.pipeline('run', '--force', 'end');
    expect(out).toContain(
      'warning end: the outputs differ from its record; the new ones were kept',
    );
  });
});

describe('pipeline run with nothing to do', () => {
  it.each([
    [[]],
    [['--json']],
    [['--quiet']],
    [['--name', 'kept', '--jobs', '7', '--json']],
    [['part', '--set', 'text=plain', '--json']],
  ])('prints the same from stored rows as from documents: %j', async (words) => {
    await terminal.pipeline('run');
    const first = await terminal.pipeline('run', ...words);
    const { lastPlan, runs } = terminal.rig.layout;
    const noted = statSync(lastPlan).ino;
    const byNote = await terminal.pipeline('run', ...words);
    expect(statSync(lastPlan).ino).toBe(noted);
    rmSync(lastPlan);
    const stepwise = await terminal.pipeline('run', ...words);
    expect(statSync(lastPlan).ino).not.toBe(noted);
    const unnamed = (text: string): string => text.replaceAll(/\d{8}-\d{6}-r\d+/g, 'run');
    for (const one of [first, stepwise]) {
      expect({ ...byNote, out: unnamed(byNote.out) }).toEqual({ ...one, out: unnamed(one.out) });
    }
    const journals = readdirSync(runs).map((run) =>
      unnamed(readFileSync(join(runs, run, 'journal.jsonl'), 'utf8')),
    );
    expect(journals.at(-1)).toContain('stage-cached');
    expect(new Set(journals.slice(1)).size).toBe(1);
  });

  it.each([[['--dry-run']], [['--locked']], [['--force']], [['--reuse-across-backends']]])(
    'does not use stored rows with %j',
    async (words) => {
      await terminal.pipeline('run');
      await terminal.pipeline('lock');
      const { layout } = terminal.rig;
      const runs = readdirSync(layout.runs).length;
      const { out, code } = await terminal.pipeline('run', ...words, '--json');
      expect(code).toBe(0);
      const events = jsonLines(out);
      if (words[0] === '--dry-run') expect(readdirSync(layout.runs)).toHaveLength(runs);
      if (words[0] === '--force') expect(executed(out)).toBe(4);
      if (words[0] === '--locked') expect(events.at(-1)).toHaveProperty('standIns.locked', 4);
      // Substitutes are not recorded, and a record is only about the current keys.
      expect((await terminal.pipeline('run', '--json')).code).toBe(0);
    },
  );
});

describe('pipeline run --json', () => {
  it('prints only events, the summary last', async () => {
    const { code, out, err } = await terminal.pipeline('run', '--json');
    expect([code, err]).toEqual([0, '']);
    const events = jsonLines(out);
    expect(events[0]).toMatchObject({ type: 'run-started', plan: { run: 1, pending: 3, hit: 0 } });
    expect(events.at(-1)).toMatchObject({
      type: 'run-finished',
      executed: 4,
      cached: 0,
      failed: 0,
      skipped: 0,
      remaining: 0,
      interrupted: false,
    });
    const types = events.map((event) => event.type);
    expect(types.filter((type) => type === 'stage-finished')).toHaveLength(4);
    expect(types.filter((type) => type === 'run-finished')).toHaveLength(1);
  });

  it('has the exit code of a bug if a stage has one, also with other failures', async () => {
    const { instead } = terminal.rig.executor;
    instead.set('part 1', () => fail({ kind: 'bug', message: 'x is undefined', stack: 'at x' }));
    instead.set('part 2', () => fail({ kind: 'stage', message: 'no' }));
    const { code, err } = await terminal.pipeline('run', '--keep-going');
    expect(err).toContain('failed  part[rate=1]: this is a bug in the program: x is undefined\n');
    expect(code).toBe(70);
    instead.delete('part 1');
    expect((await terminal.pipeline('run', '--keep-going')).code).toBe(1);
  });

  it('prints events if a stage fails, and if there is nothing to do', async () => {
    terminal.rig.executor.instead.set('base', () => fail({ kind: 'stage', message: 'no\nno' }));
    const { code, out, err } = await terminal.pipeline('run', '--json');
    expect([code, err]).toEqual([1, '']);
    expect(jsonLines(out).at(-1)).toMatchObject({ type: 'run-finished', failed: 1, skipped: 3 });
    terminal.rig.executor.instead.clear();
    await terminal.pipeline('run');
    expect(jsonLines((await terminal.pipeline('run', '--json')).out).at(-1)).toMatchObject({
      type: 'run-finished',
      executed: 0,
      cached: 4,
    });
  });

  it('leaves standard output empty on bad input', async () => {
    const { code, out, err } = await terminal.pipeline('run', '--json', 'nothing');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('no stage is named "nothing"');
  });
});

describe('pipeline run --dry-run', () => {
  it('runs and writes nothing, and counts like the next run', async () => {
    const dry = await terminal.pipeline('run', '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.out).toContain('1 will run, 3 may run, 0 up to date');
    expect(terminal.rig.executor.counts.size).toBe(0);
    await terminal.pipeline('run');
    const words = ['run', '--set', 'rates[2]=7', '--json'];
    const planned = jsonLines((await terminal.pipeline(...words, '--dry-run')).out).at(-1)!;
    expect(planned).toEqual({ type: 'plan-finished', run: 1, pending: 1, hit: 3 });
    const finished = jsonLines((await terminal.pipeline(...words)).out).at(-1)!;
    expect(finished).toMatchObject({ executed: 2, cached: 3 });
    expect(jsonLines((await terminal.pipeline(...words, '-n')).out).at(-1)).toMatchObject({
      run: 0,
      pending: 0,
      hit: 5,
    });
  });

  it('shows a forced stage', async () => {
    await terminal.pipeline('run');
    const { out } = await terminal.pipeline('run', '--dry-run', '--force', 'base');
    expect(out).toContain('will run    base\n            forced\n');
    expect(terminal.rig.executor.counts.get('base')).toBe(1);
  });
});

describe('pipeline run --quiet', () => {
  it('prints only failures', async () => {
    expect(await terminal.pipeline('run', '--quiet')).toEqual({ code: 0, out: '', err: '' });
    terminal.rig.executor.instead.set('end', () => fail({ kind: 'stage', message: 'no' }));
    const { code, out, err } = await terminal.pipeline('run', '-q', '--set', 'text=other');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('failed  end: no');
    expect(await terminal.pipeline('run', '-q', '-n')).toMatchObject({ code: 0, out: '' });
  });
});

describe('pipeline run --gpus', () => {
  const warning = 'warning: --gpus 0,1: no GPUs were found on this machine\n';

  it('warns once on a machine without GPUs', async () => {
    expect((await terminal.pipeline('run', '--gpus', '0,1')).err).toBe(warning);
  });

  it('does not warn on a machine with GPUs', async () => {
    terminal.gpus = ['0', '1'];
    expect((await terminal.pipeline('run', '--gpus', '0,1')).err).toBe('');
  });
});
