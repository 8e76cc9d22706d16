/** A sweep in the terminal: instances are named by the axes that vary, and many are reported together. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonLines, Terminal, widest } from './terminal.ts';

const sweep = (rates: readonly number[], extra = ''): string => `
stages:
  load: { uses: make, matrix: { set: [mnist] }, with: { name: load ${extra} } }
  part:
    matrix: { set: [mnist], method: [svd, cur], rate: [${rates.join(', ')}] }
    uses: make
    with: { name: "part \${matrix.method} \${matrix.rate}" }
    inputs: { from: load }
`;

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});
afterEach(() => terminal.remove());

describe('pipeline plan', () => {
  it('lists up to five instances by the axes that vary', async () => {
    terminal.text = sweep([2, 25]);
    const { out } = await terminal.pipeline('plan');
    expect(out).toBe(`backend test 1
will run    load
            first run
may run     part[method=svd,rate=2]
            depends on load
may run     part[method=svd,rate=25]
            depends on load
may run     part[method=cur,rate=2]
            depends on load
may run     part[method=cur,rate=25]
            depends on load
1 will run, 4 may run, 0 up to date
`);
  });

  it('has one entry for many instances with the same reason, and all of them with --long', async () => {
    terminal.text = sweep([1, 2, 3, 4]);
    const { out } = await terminal.pipeline('plan');
    expect(out).toContain('may run     part (8)\n            depends on load\n');
    const long = await terminal.pipeline('plan', '--long');
    expect(long.out).toContain('may run     part[set=mnist,method=cur,rate=3]\n');
    expect(long.out.match(/may run {5}part/g)).toHaveLength(8);
  });

  it('names the axes that the instances of an entry share', async () => {
    terminal.text = sweep([1, 2, 3, 4, 5, 6]).replace('[svd, cur]', '[svd]');
    await terminal.pipeline('run', '-q');
    terminal.text = sweep([1, 2, 3, 4, 5, 6]);
    const { out } = await terminal.pipeline('plan');
    expect(out).toContain('will run    part[method=cur] (6 of 12)\n            first run\n');
    expect(out).toContain('up to date  part (6)\n');
  });

  it('says so if many instances have many reasons', async () => {
    const text = (word: string): string =>
      sweep([1, 2, 3, 4]).replace(
        'rate}"',
        `rate}", text: "${word} \${matrix.method} \${matrix.rate}"`,
      );
    terminal.text = text('a');
    await terminal.pipeline('run', '-q');
    terminal.text = text('b');
    const { out } = await terminal.pipeline('plan');
    expect(out).toContain('part (8)\n            reasons differ between instances; use --long\n');
    const long = await terminal.pipeline('plan', '--long');
    expect(long.out).toContain('parameter text: "a svd 1" -> "b svd 1"');
  });

  it.each([40, 80])('fits %i columns', async (columns) => {
    terminal.columns = columns;
    terminal.text = sweep([2, 25, 100], ', text: "a long text of the stage that is shown"');
    for (const flags of [[], ['--long']]) {
      const { out } = await terminal.pipeline('plan', ...flags);
      expect(widest(out)).toBeLessThanOrEqual(columns);
    }
  });
});

it('explain names a stage with many instances once, and all of them as JSON', async () => {
  terminal.text = `${sweep([1, 2, 3, 4])}  all: { uses: make, with: { name: all }, inputs: { from: part } }\n`;
  const { out } = await terminal.pipeline('explain', 'all');
  expect(out).toBe('all: may run\n  - it depends on part (8), which have no outputs yet\n');
  const { out: json } = await terminal.pipeline('explain', 'all', '--json');
  expect((jsonLines(json)[0] as { reasons?: string[] }).reasons).toHaveLength(8);
});

describe('pipeline run', () => {
  it('reports many instances together, and each with --long', async () => {
    terminal.text = sweep([1, 2, 3, 4]);
    const { out } = await terminal.pipeline('run');
    expect(out.match(/ part/g)).toHaveLength(2);
    expect(out).toContain('start   part (8)  first run\n');
    expect(out).toMatch(/done {4}part \(8\) {2}\d/);
    const { out: long } = await terminal.pipeline('run', '--long', '--force');
    expect(long).toContain('done    part[method=cur,rate=4]  ');
    expect(long.match(/done {4}part/g)).toHaveLength(8);
  });

  it('reports each failure, and those that have ended well', async () => {
    terminal.text = sweep([1, 2, 3, 4]);
    terminal.rig.executor.hold('part svd 2', 'part cur 3');
    const run = terminal.pipeline('run', '--keep-going');
    for (const name of ['part svd 2', 'part cur 3']) {
      const held = await terminal.rig.executor.next(name);
      held.fail({ kind: 'stage', message: 'it is broken', advice: '' });
    }
    const { out, err } = await run;
    expect(err).toContain('failed  part[method=svd,rate=2]: it is broken');
    expect(err).toContain("log: pipeline log 'part[set=mnist,method=svd,rate=2]'");
    expect(out).toMatch(/done {4}part \(6 of 8\) /);
    expect(out).toContain('failed  part[method=svd,rate=2], part[method=cur,rate=3]');
  });

  const names = [1, 2, 3, 4].flatMap((rate) => [`part svd ${rate}`, `part cur ${rate}`]);

  it('shows what one of many instances printed only if it fails', async () => {
    terminal.text = sweep([1, 2, 3, 4]);
    terminal.rig.executor.hold(...names);
    const run = terminal.pipeline('run', '--keep-going', '--jobs', '8');
    for (const name of names) {
      const held = await terminal.rig.executor.next(name);
      for (let line = 1; line <= 12; line++) held.print(`${name}: ${line}\x1b[2J\nsecond`);
      if (name === 'part cur 3') held.fail({ kind: 'stage', message: 'it is broken' });
      else held.finish();
    }
    const { out, err } = await run;
    expect(out).not.toContain('part[');
    expect(err).toContain(`failed  part[method=cur,rate=3]: it is broken
        part[method=cur,rate=3]: part cur 3: 8
        part[method=cur,rate=3]: second
`);
    expect(err.match(/second$/gm)).toHaveLength(5);
    expect(err).toContain(
      `second\n          log: pipeline log 'part[set=mnist,method=cur,rate=3]'\n`,
    );
  });

  it('shows the output of the first five failures, and all of it with --long', async () => {
    terminal.text = sweep([1, 2, 3, 4]);
    terminal.rig.executor.hold(...names);
    const fail = async (...flags: string[]) => {
      const run = terminal.pipeline('run', '--keep-going', '--jobs', '8', ...flags);
      for (const name of names) {
        const held = await terminal.rig.executor.next(name);
        held.print('a line');
        held.fail({ kind: 'stage', message: 'it is broken' });
      }
      return run;
    };
    const { out, err } = await fail();
    expect(err.match(/it is broken/g)).toHaveLength(8);
    expect(err.match(/a line/g)).toHaveLength(5);
    expect(out).not.toContain('a line');
    expect((await fail('--long')).out.match(/a line/g)).toHaveLength(8);
  });

  it('does not show the output of an attempt that was repeated', async () => {
    terminal.text = sweep([1, 2, 3, 4]).replace(
      'uses: make\n',
      'uses: make\n    retry: { times: 1, wait: 0.001 }\n',
    );
    terminal.rig.executor.hold('part svd 2');
    const run = terminal.pipeline('run');
    for (const line of ['the first attempt', 'the second attempt']) {
      const held = await terminal.rig.executor.next('part svd 2');
      held.print(line);
      held.fail({ kind: 'stage', message: 'it is broken' });
    }
    const { out, err } = await run;
    expect(out + err).not.toContain('the first attempt');
    expect(err).toContain('part[method=svd,rate=2]: the second attempt\n');
  });

  it('counts only what runs again', async () => {
    terminal.text = sweep([1, 2, 3, 4, 5, 6]).replace('[svd, cur]', '[svd]');
    await terminal.pipeline('run', '-q');
    terminal.text = sweep([1, 2, 3, 4, 5, 6]);
    const { out } = await terminal.pipeline('run');
    expect(out).toContain('start   part (6)  first run\n');
    expect(out).toMatch(/done {4}part \(6\) /);
    expect(out).toContain('6 executed, 7 cached');
  });

  it('lists a run in progress as running', async () => {
    terminal.text = sweep([1]);
    terminal.rig.executor.hold('load');
    const run = terminal.pipeline('run');
    const load = await terminal.rig.executor.next('load');
    expect((await terminal.pipeline('runs')).out).toContain(' running');
    load.finish();
    await run;
    expect((await terminal.pipeline('runs')).out).toContain(' done');
  });
});
