/** What `pipeline run` prints if a stage fails, if it is interrupted, and on bad input. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail } from '../../src/base/result.ts';
import { until } from '../until.ts';
import { executed, sweep } from './run-rig.ts';
import { jsonLines, Terminal } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = sweep;
});
afterEach(() => terminal.remove());

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
    expect(err).toMatch(/failed {2}base: a bug\n {10}at .*failed-runs\.test\.ts/);
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
    ['an invalid number of jobs', ['run', '--jobs', '0'], 'Expected an integer >= 1'],
    ['the help of the command', ['run', '--jobs', '0'], '(see "pipeline run --help")'],
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
