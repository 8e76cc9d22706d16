import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, ok } from '../../src/base/result.ts';
import { until } from '../until.ts';
import { jsonLines, Terminal } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = sweep;
});
afterEach(() => terminal.remove());

const sweep = `
vars: { rates: [1, 2], text: plain }
stages:
  base: { uses: make, with: { name: base } }
  part:
    uses: make
    matrix: { rate: "\${rates}" }
    with: { name: "part \${matrix.rate}", text: "\${text} \${matrix.rate}" }
    inputs: { from: base }
  end: { uses: make, with: { name: end }, inputs: { from: part } }
`;

const executed = (text: string): unknown => jsonLines(text).at(-1)!.executed;

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

describe('a failed run', () => {
  it('prints the stage, the reason, the advice, the skipped stages and the log', async () => {
    terminal.rig.executor.instead.set('base', () =>
      fail({ kind: 'stage', message: 'the sea is dry', advice: 'wait for rain' }),
    );
    const { code, out, err } = await terminal.pipeline('run');
    expect(code).toBe(1);
    expect(out).toContain('0 executed, 0 cached, 1 failed, 3 skipped');
    expect(err).toContain('failed  base: the sea is dry\n          help: wait for rain\n');
    expect(out).toContain('skipped 3 stages that depend on base\n');
    expect(err).toContain('          log: pipeline log base\n');
    const [run] = readdirSync(terminal.rig.layout.runs);
    const log = join(terminal.rig.layout.run(run!), 'log.jsonl');
    await until(() => existsSync(log) && readFileSync(log, 'utf8').includes('the sea is dry'));
    const entries = jsonLines(readFileSync(log, 'utf8'));
    expect(entries.at(-1)).toMatchObject({ stage: 'base', level: 50 });
    expect(entries.at(-1)!.msg).toContain('the sea is dry');
  });

  it('names no log if the stage did not start', async () => {
    terminal.text = sweep.replace('stages:\n  base: {', '$& resources: { gpu: 1 },');
    const { code, err } = await terminal.pipeline('run');
    expect([code, err]).toEqual([1, expect.stringMatching(/^failed {2}base: .*GPU/)]);
    expect(err).not.toContain('pipeline log');
  });

  it('shows the place in the code, without the full stack', async () => {
    const { stack } = new Error('a bug');
    terminal.rig.executor.instead.set('base', () =>
      fail({ kind: 'stage', message: 'a bug', stack: stack! }),
    );
    const { err } = await terminal.pipeline('run');
    expect(err).toMatch(/failed {2}base: a bug\n {10}at .*run\.test\.ts/);
    expect(err.match(/^ {10}at /gm)!.length).toBeLessThanOrEqual(5);
  });

  it.each([
    [{ kind: 'died', code: 3, signal: null }, 'its process ended with exit code 3'],
    [{ kind: 'died', code: null, signal: 'SIGKILL' }, 'the system may have run out of memory'],
    [{ kind: 'died', code: null, signal: 'SIGSEGV' }, 'its process was ended by SIGSEGV'],
  ] as const)('says how a process died: %j', async (failure, expected) => {
    terminal.rig.executor.instead.set('base', () => fail(failure));
    expect((await terminal.pipeline('run')).err).toContain(expected);
  });

  it('continues with the other stages with --keep-going', async () => {
    terminal.rig.executor.instead.set('part 1', () => fail({ kind: 'stage', message: 'no' }));
    const { code, out } = await terminal.pipeline('run', '--keep-going');
    expect(code).toBe(1);
    expect(out).toContain('2 executed, 0 cached, 1 failed, 1 skipped');
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

describe('an interrupted run', () => {
  it('ends with 130, counts the stopped stage, and the next run continues', async () => {
    const abort = new AbortController();
    terminal.signal = abort.signal;
    terminal.rig.executor.hold('part 2');
    const running = terminal.pipeline('run');
    await terminal.rig.executor.next('part 2');
    abort.abort();
    const { code, out } = await running;
    expect(code).toBe(130);
    expect(out).toContain('2 executed, 0 cached, 1 stopped, 1 not started in');
    expect(out).toContain('stopped; run again to continue');
    terminal.signal = new AbortController().signal;
    const again = terminal.pipeline('run', '--json');
    (await terminal.rig.executor.next('part 2')).finish();
    expect(executed((await again).out)).toBe(2);
  });
});

describe('bad input', () => {
  it.each([
    ['an unknown command', ['rum'], "unknown command 'rum'"],
    ['no command', [], 'Usage: pipeline'],
    ['an unknown option', ['run', '--josn'], "unknown option '--josn'"],
    ['an option without its value', ['run', '--config'], 'argument missing'],
    ['an invalid number of jobs', ['run', '--jobs', '0'], 'expected an integer >= 1'],
    ['an unknown backend', ['run', '--backend', 'abacus'], 'Allowed choices are auto'],
    ['an unknown stage', ['run', 'ned'], 'no stage is named "ned"; known: base, part, end'],
    ['an unknown value', ['run', 'part[rate=3]'], '"part" has no rate "3"; known: 1, 2'],
    ['an unknown axis', ['run', 'part[raet=1]'], 'no axis "raet" (did you mean "rate"?)'],
    ['an axis of a stage without axes', ['run', 'base[rate=1]'], '"base" has no axes: write base'],
    ['an invalid name of a stage', ['run', 'part[rate'], '"part[rate" is not a stage'],
    ['an unknown variable', ['run', '--set', 'rate=3'], 'no variable is named "rate"'],
    ['an invalid setting', ['run', '--set', 'rates'], '--set rates'],
    ['a missing configuration', ['run', '-c', 'none.yaml'], 'none.yaml'],
    ['an unknown stage to explain', ['explain', 'ned'], 'no stage is named "ned"'],
    ['nothing to explain', ['explain'], "missing required argument 'stage'"],
    ['an unknown format', ['graph', '--format', 'png'], 'Allowed choices are text, mermaid, dot'],
  ])('of %s ends with 2, before anything runs', async (_what, words, expected) => {
    const { code, out, err } = await terminal.pipeline(...words);
    expect(err.replace(/\n {4}/g, ' ')).toContain(expected);
    expect([code, out]).toEqual([2, '']);
    expect(terminal.rig.executor.counts.size).toBe(0);
  });

  it('is counted', async () => {
    terminal.text = sweep.replace('name: base', 'nmae: base');
    const { code, err } = await terminal.pipeline('run');
    expect(code).toBe(2);
    expect(err).toMatch(/\n\n\d problems?; nothing ran\n$/);
  });

  it('is not a request for help or the version', async () => {
    expect(await terminal.pipeline('--version')).toEqual({ code: 0, out: '1.2.3\n', err: '' });
    const { code, out } = await terminal.pipeline('run', '--help');
    expect(code).toBe(0);
    expect(out).toContain('--keep-going');
  });
});
