/** The commands about past runs: runs, log, show, metrics, diff. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, ok } from '../../src/base/result.ts';
import type { Invocation } from '../../src/runner/execution/executor.ts';
import { jsonLines, Terminal, widest } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = text;
});
afterEach(() => terminal.remove());

const text = `
vars: { rates: [1, 2], text: plain }
stages:
  base: { uses: make, with: { name: base } }
  part:
    uses: make
    matrix: { rate: "\${rates}" }
    with: { name: "part \${matrix.rate}", text: "\${text}" }
    inputs: { from: base }
`;

/** The text that the stages of this name write into their file `name`. */
function write(stage: string, file: string, content: unknown): void {
  writeRaw(stage, file, JSON.stringify(content));
}

function writeRaw(stage: string, file: string, text: string): void {
  terminal.rig.executor.instead.set(stage, ({ outputs }: Invocation) => {
    writeFileSync(join(outputs.out!, file), text);
    writeFileSync(join(outputs.other!, 'note.txt'), stage);
    return ok(undefined);
  });
}

const failing = (stage: string, message: string): void => {
  terminal.rig.executor.instead.set(stage, () => fail({ kind: 'stage', message, advice: 'wait' }));
};

describe('pipeline runs', () => {
  it('lists runs with their selections, newest first', async () => {
    terminal.rig.configs['more.yaml'] = 'rates: [1, 2, 3]';
    expect((await terminal.pipeline('runs')).out).toBe('no runs yet\n');
    await terminal.pipeline('run', 'part[rate=1]', '--name', 'first');
    failing('part 3', 'no');
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
    failing('part 1', 'the disk is wet');
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

describe('pipeline show', () => {
  it('shows the state, parameters, outputs with files, metrics, and the run that made them', async () => {
    write('part 1', 'metrics.json', { accuracy: 0.9812345, loss: { train: 1 } });
    await terminal.pipeline('run');
    const { code, out } = await terminal.pipeline('show', 'part[rate=1]');
    expect(code).toBe(0);
    expect(out).toBe(`part[rate=1]: up to date
  writes what its parameters and inputs determine
  made by run 20231114-221320-r0 at 2023-11-14T22:13:20.000Z in 0 s
  key 5b0d32013a6c9fc695b0c9799efab9826f27faa4bd8986ccbd4c6b5becac380b
  parameters
    name: "part 1"
    text: plain
    constant: false
  outputs
    out  1 file, 41 B
      in artifacts/latest/part/rate=1/out
      41 B  metrics.json
    other  1 file, 6 B
      in artifacts/latest/part/rate=1/other
      6 B  note.txt
  metrics
    accuracy 0.981235, loss.train 1
`);
    const [shown] = jsonLines((await terminal.pipeline('show', 'part', '--json')).out);
    expect(shown).toMatchObject({
      stage: 'part[rate=1]',
      state: 'up to date',
      metrics: [{ file: 'out/metrics.json', values: { accuracy: 0.9812345, 'loss.train': 1 } }],
    });
  });

  it('shows the summary of a stage, and its images if the terminal can', async () => {
    terminal.rig.executor.instead.set('part 1', ({ outputs }: Invocation) => {
      writeFileSync(join(outputs.out!, 'summary.txt'), 'it went well\n');
      writeFileSync(join(outputs.out!, 'a.png'), 'an image');
      writeFileSync(join(outputs.other!, 'b.png'), 'not next to a summary');
      return ok(undefined);
    });
    await terminal.pipeline('run');
    const plain = (await terminal.pipeline('show', 'part[rate=1]')).out;
    expect(plain).toMatch(/\n\nit went well\n$/);
    terminal.images = 'kitty';
    const { out } = await terminal.pipeline('show', 'part[rate=1]');
    const data = Buffer.from('an image').toString('base64');
    expect(out).toBe(`${plain}\x1b_Ga=T,f=100,c=80,m=0;${data}\x1b\\\n`);
    expect((await terminal.pipeline('show', 'part[rate=1]', '--json')).out).not.toContain('well');
  });

  it('shows the last outputs of a stage that is not up to date', async () => {
    await terminal.pipeline('run');
    const { out } = await terminal.pipeline('show', 'part[rate=1]', '--set', 'text=x');
    expect(out).toContain('part[rate=1]: will run\n');
    expect(out).toContain('  last made by run 20231114-221320-r0 at ');
    expect((await terminal.pipeline('show', 'base', 'nothing')).code).toBe(2);
  });
});

describe('pipeline metrics', () => {
  const rows = (rate: number) => [
    { protocol: 'posthoc', method: 'svd', rate, accuracy: 0.9, count: 10, layers: [1, 2] },
    { protocol: 'tuned', method: 'svd', rate, accuracy: 0.95, count: 10, size: { total: 5 } },
  ];

  it('is a table of axes and numbers, with a line per item of a list', async () => {
    write('part 1', 'rows.json', rows(1));
    write('part 2', 'rows.json', rows(2));
    await terminal.pipeline('run');
    expect((await terminal.pipeline('metrics')).out).toBe(
      `rate  protocol  accuracy  size.total
   1  posthoc        0.9           -
   1  tuned         0.95           5
   2  posthoc        0.9           -
   2  tuned         0.95           5
the same in all: stage part, method svd, count 10
`,
    );
    const csv = await terminal.pipeline('metrics', 'part[rate=2]', '--csv');
    expect(csv.out).toBe(
      `stage,rate,protocol,method,accuracy,count,size.total
part,2,posthoc,svd,0.9,10,
part,2,tuned,svd,0.95,10,5
`,
    );
    terminal.columns = 28;
    expect((await terminal.pipeline('metrics')).out).toContain(
      'rate  protocol  accuracy\n   1  posthoc        0.9\n',
    );
    // Nothing that tells lines apart is cut.
    terminal.columns = 13;
    expect((await terminal.pipeline('metrics')).out).toContain(
      'rate=1\n    protocol=posthoc\n    accuracy=0.9\nrate=1\n',
    );
    terminal.columns = 80;
    const [first] = jsonLines((await terminal.pipeline('metrics', '--json')).out);
    expect(first).toEqual({
      stage: 'part[rate=1]',
      upToDate: true,
      values: {
        stage: 'part',
        rate: 1,
        protocol: 'posthoc',
        method: 'svd',
        accuracy: 0.9,
        count: 10,
      },
    });
    const chosen = await terminal.pipeline('metrics', '--columns', 'accuracy');
    // Text columns that vary are kept, because they distinguish the rows of an instance.
    expect(chosen.out).toBe(
      `rate  protocol  accuracy
   1  posthoc        0.9
   1  tuned         0.95
   2  posthoc        0.9
   2  tuned         0.95
the same in all: stage part
`,
    );
    const beginning = await terminal.pipeline('metrics', '--columns', 'accu');
    expect(beginning.err).toContain('no metric "accu" (did you mean "accuracy"?)');
    const unlike = await terminal.pipeline('metrics', '--columns', 'nothing-like-it');
    expect(unlike.err).toMatch(/no metric "nothing-like-it"; known: [\s\S]*accuracy/);
    const csvOfOne = await terminal.pipeline('metrics', '--columns', 'accuracy', '--csv');
    expect(csvOfOne.out.split('\n')[0]).toBe('stage,rate,protocol,accuracy');
  });

  it('shows NaN and Infinity, and writes valid JSON', async () => {
    writeRaw('part 1', 'metrics.json', '{"loss": NaN, "best": -Infinity, "epochs": 3}');
    writeRaw('part 2', 'metrics.json', '{"loss": 0.5, "best": Infinity, "epochs": 3}');
    await terminal.pipeline('run');
    expect((await terminal.pipeline('metrics')).out).toBe(
      `rate  loss       best
   1   NaN  -Infinity
   2   0.5   Infinity
the same in all: stage part, epochs 3
`,
    );
    expect((await terminal.pipeline('metrics', '--csv')).out).toBe(
      `stage,rate,loss,best,epochs
part,1,NaN,-Infinity,3
part,2,0.5,Infinity,3
`,
    );
    const [first] = jsonLines((await terminal.pipeline('metrics', '--json')).out);
    expect(first).toMatchObject({ values: { loss: 'NaN', best: '-Infinity', epochs: 3 } });
    expect((await terminal.pipeline('show', 'part[rate=1]')).out).toContain(
      'loss NaN, best -Infinity, epochs 3',
    );
  });

  it('names a metrics file that can not be read', async () => {
    writeRaw('part 1', 'metrics.json', '{"loss": oops}');
    write('part 2', 'metrics.json', { loss: 0.5 });
    await terminal.pipeline('run');
    const { out } = await terminal.pipeline('metrics');
    expect(out).toContain('not JSON or YAML with numbers: out/metrics.json of part[rate=1]');
    expect(out).not.toContain('the same in all:');
  });

  it('marks stages that are not up to date', async () => {
    write('base', 'model.json', { layers: 3, kind: 'vgg' });
    write('part 1', 'result.json', { accuracy: 0.9 });
    await terminal.pipeline('run', 'part[rate=1]');
    const { out } = await terminal.pipeline('metrics', '--set', 'text=x');
    expect(out).toBe('stage  rate  accuracy\npart      1       0.9  *\n* not up to date\n');
  });

  it('fits the terminal, and names the omitted columns', async () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`number_${i}`, i]));
    write('part 1', 'metrics.json', many);
    write('part 2', 'metrics.json', Object.fromEntries(Object.keys(many).map((key) => [key, 0.5])));
    await terminal.pipeline('run');
    const { out } = await terminal.pipeline('metrics');
    expect(widest(out)).toBeLessThanOrEqual(80);
    expect(out).toContain('not shown: number_');
    expect((await terminal.pipeline('metrics', 'base')).out).toBe('no stage has metrics yet\n');
  });
});

describe('pipeline diff', () => {
  it('compares two runs: stages, keys with reasons, and metrics', async () => {
    terminal.rig.configs['more.yaml'] = 'rates: [1, 3]';
    write('part 1', 'metrics.json', { accuracy: 0.98, same: 1 });
    await terminal.pipeline('run', '--name', 'old');
    write('part 1', 'metrics.json', { accuracy: 0.985, same: 1 });
    await terminal.pipeline('run', '--name', 'new', '--set', 'text=x', '-c', 'more.yaml');
    const { code, out, err } = await terminal.pipeline('diff', 'old', 'new');
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(
      `20231114-221320-r0 (old) -> 20231114-221320-r1 (new)
changed  part[rate=1]
  - parameter text: "plain" -> "x"
only before  part[rate=2]
only after  part[rate=3]
stage         metric    before  after  difference
part[rate=1]  accuracy    0.98  0.985      +0.005
1 stage is the same
`,
    );
    const lines = jsonLines((await terminal.pipeline('diff', 'old', 'new', '--json')).out);
    expect(lines.map((line) => [line.stage, line.kind])).toEqual([
      ['part[rate=1]', 'other-key'],
      ['part[rate=2]', 'only-before'],
      ['part[rate=3]', 'only-after'],
    ]);
    expect(lines[0]!.metrics).toEqual([
      { name: 'accuracy', before: 0.98, after: 0.985, delta: expect.closeTo(0.005) },
    ]);
  });

  it('compares a run with the current state', async () => {
    await terminal.pipeline('run');
    expect((await terminal.pipeline('diff', 'latest')).out).toContain('3 stages are the same\n');
    const { out } = await terminal.pipeline('diff', 'latest', '--set', 'text=x');
    expect(out).toContain(`changed  part[rate=1], part[rate=2]
  - parameter text: "plain" -> "x" (--set text=x)
`);
    expect((await terminal.pipeline('diff', 'nothing')).code).toBe(2);
  });

  it('warns if the same key has different outputs', async () => {
    await terminal.pipeline('run');
    write('base', 'value.txt', 'chance');
    await terminal.pipeline('run', 'base', '--force', 'base');
    const { out } = await terminal.pipeline('diff', 'latest~1', 'latest');
    expect(out).toContain(`NON-DETERMINISTIC: same key, different outputs
  base: out
`);
  });
});
