/** `pipeline experiments`: the table of all configurations. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/result.ts';
import type { Invocation } from '../../src/runner/execution/executor.ts';
import { digestOf } from '../../src/runner/key/digest.ts';
import { jsonLines, Terminal, widest } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.text = text;
});
afterEach(() => terminal.remove());

const text = `
vars: { rates: [2, 25], text: plain }
stages:
  train:
    uses: make
    with: { name: train, text: "\${text}" }
  part:
    uses: make
    matrix: { method: [svd, cur], rate: "\${rates}" }
    with: { name: "part \${matrix.method} \${matrix.rate}" }
    inputs: { from: train }
  rest: { uses: make, with: { name: rest }, inputs: { from: train } }
`;

function write(stage: string, content: unknown): void {
  terminal.rig.executor.instead.set(stage, ({ outputs }: Invocation) => {
    writeFileSync(join(outputs.out!, 'metrics.json'), JSON.stringify(content));
    writeFileSync(join(outputs.out!, 'value.txt'), JSON.stringify(content));
    writeFileSync(join(outputs.other!, 'note.txt'), stage);
    return ok(undefined);
  });
}

function measure(accuracies: readonly number[] = [0.9, 0.8, 0.95, 0.99], loss = 0.1): void {
  write('train', { accuracy: 0.97, loss });
  const names = ['part svd 2', 'part svd 25', 'part cur 2', 'part cur 25'];
  for (const [i, name] of names.entries()) {
    write(name, { method: name.split(' ')[1], accuracy: accuracies[i], bytes: 1000 * i });
  }
}

/** The keys differ with every change of the code, so they are replaced by their places. */
async function table(...words: readonly string[]): Promise<string> {
  const { code, out, err } = await terminal.pipeline('experiments', ...words);
  expect([code, err]).toEqual([0, '']);
  return out
    .replace(/^[0-9a-f]{7}(?= )/gm, '*******')
    .replaceAll(/[0-9a-f]{7}(?= |$)/gm, '*******');
}

describe('pipeline experiments', () => {
  it('joins the metrics of all stages of a configuration', async () => {
    expect(await table()).toBe('no run has results with metrics\n');
    measure();
    await terminal.pipeline('run');
    expect(await table()).toBe(`key      method  rate  accuracy  bytes
*******  svd        2       0.9      0
*******  svd       25       0.8   1000
*******  cur        2      0.95   2000
*******  cur       25      0.99   3000
the same in all: stage part, train.accuracy 0.97, loss 0.1
4 rows
`);
  });

  it('filters and sorts', async () => {
    measure();
    await terminal.pipeline('run');
    expect(await table('accuracy>0.85', '--sort', 'rate,-accuracy')).toBe(
      `key      method  rate  accuracy  bytes
*******  cur        2      0.95   2000
*******  svd        2       0.9      0
*******  cur       25      0.99   3000
the same in all: stage part, train.accuracy 0.97, loss 0.1
3 of 4 rows
`,
    );
    // Not 25.
    const values = jsonLines((await terminal.pipeline('experiments', 'rate=2', '--json')).out);
    expect(values.map(({ values }) => (values as { rate: number }).rate)).toEqual([2, 2]);
    expect(await table('accuracy>2')).toBe('none of 4 rows matches\n');
    expect(await table('--sort', '-accuracy', '-n', '1', '--columns', 'accuracy')).toContain(
      '*******      0.99\n',
    );
  });

  it('reports a name that no column has, and a text that is no filter', async () => {
    measure();
    await terminal.pipeline('run');
    const { code, out, err } = await terminal.pipeline('experiments', 'acuracy=1', 'svd');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('no column is named "acuracy" (did you mean "accuracy"?)');
    expect(err).toContain('"svd" is not a filter; write NAME=VALUE');
    const sort = await terminal.pipeline('experiments', '--sort', 'zzzzzz');
    expect(sort.err).toContain('no column is named "zzzzzz"; known: key, stage, method');
  });

  it('shows results of several runs once, and tells rows apart by a changed parameter', async () => {
    measure();
    await terminal.pipeline('run');
    await terminal.pipeline('run', '--name', 'again');
    measure([0.91, 0.8, 0.95, 0.99], 0.2);
    await terminal.pipeline('run', 'part[rate=2]', '--set', 'text=other');
    expect(await table('rate=2', '--columns', 'accuracy')).toBe(
      `key      method  train.text  name   accuracy
*******  svd     plain       again       0.9
*******  cur     plain       again      0.95
*******  svd     other       -          0.91
*******  cur     other       -          0.95
the same in all: stage part, rate 2, train.accuracy 0.97
4 of 6 rows
`,
    );
    const own = await table('--run', 'again', '--run', 'latest~1', 'method=svd', '--csv');
    expect(own.trimEnd().split('\n')).toHaveLength(3);
    expect(await table('name=again', 'current=true', '--csv')).toMatch(/^key,.*\n(?:.*\n){4}$/);
    const unknown = await terminal.pipeline('experiments', '--run', 'agian');
    expect(unknown.err).toContain('no run "agian" (did you mean "again"?)');
  });

  it('names the run where nothing else tells rows apart', async () => {
    measure();
    await terminal.pipeline('run', 'train');
    terminal.rig.codes = { make: { digest: digestOf('other code'), packages: {}, files: {} } };
    write('train', { accuracy: 0.96, loss: 0.1 });
    await terminal.pipeline('run', 'train');
    expect(await table()).toBe(`key      run                 accuracy
*******  20231114-221320-r1      0.96
*******  20231114-221320-r0      0.97
the same in all: stage train, loss 0.1
2 rows
`);
  });

  it('leaves out a row that is part of another one', async () => {
    measure();
    await terminal.pipeline('run', 'train');
    expect(await table()).toContain('\n1 row\n');
    await terminal.pipeline('run');
    expect(await table()).toContain('\n4 rows\n');
  });

  it('remembers the chosen columns for the table only', async () => {
    measure();
    await terminal.pipeline('run');
    expect(await table('--columns', 'bytes,train.accuracy')).toContain(
      'key      method  rate  bytes  train.accuracy\n',
    );
    expect(await table()).toContain('method  rate  bytes  train.accuracy\n');
    expect(await table()).toContain(
      'columns as chosen before; --columns auto shows all that fit\n',
    );
    expect(await table('--csv')).toContain('method,rate,train.accuracy,loss,accuracy,bytes');
    rmSync(terminal.rig.layout.state, { recursive: true });
    expect(await table()).toContain('method  rate  accuracy  bytes\n');
    await table('--columns', 'bytes');
    expect(await table('--columns', 'auto')).toContain('method  rate  accuracy  bytes\n');
    expect(await table()).toContain('method  rate  accuracy  bytes\n');
  });

  it('shows rows side by side', async () => {
    measure();
    await terminal.pipeline('run');
    const compared = await table('rate=25', '--compare');
    expect(compared).toBe(`               *******      *******  difference
method             svd          cur
accuracy           0.8         0.99       +0.19
bytes             1000         3000       +2000
part.name  part svd 25  part cur 25
the same in all: stage part, rate 25, train.accuracy 0.97, loss 0.1, run
    20231114-221320-r0, time 2023-11-14T22:13:20.000Z, current true
`);
    const keys = jsonLines((await terminal.pipeline('experiments', '--json')).out);
    const [first, second] = keys.map(({ key }) => (key as string).slice(0, 9));
    expect(await table(`key=${first}`, `key=${second}`, '--compare')).toContain('rate');
    const one = await terminal.pipeline('experiments', `key=${first}`, '--compare');
    expect([one.code, one.err]).toEqual([
      2,
      expect.stringContaining('--compare needs two rows or more, and only one matches'),
    ]);
  });

  it('cuts nothing that tells rows apart, whatever the width', async () => {
    const long = 'a-method-with-a-long-name-that-ends-in';
    terminal.text = text.replace('[svd, cur]', `[${long}-a, ${long}-b]`);
    for (const end of ['a', 'b']) {
      for (const rate of [2, 25]) {
        write(`part ${long}-${end} ${rate}`, { accuracy: rate / 100, a: 1 / rate, b: -rate });
      }
    }
    await terminal.pipeline('run');
    for (const columns of [200, 80, 60, 40, 20]) {
      terminal.columns = columns;
      const out = await table();
      for (const end of ['a', 'b']) expect(out).toContain(`${long}-${end}`);
      if (columns >= 60) expect(widest(out)).toBeLessThanOrEqual(columns);
    }
    terminal.columns = 60;
    expect(await table()).toContain('not shown: accuracy, a, b (use --columns or --csv)');
    terminal.columns = 50;
    expect(await table()).toMatch(
      /^key=\S{7}\n {4}method=a-method-with-a-long-name-that-ends-in-a\n {4}rate=2\n {4}accuracy=0.02 a=0.5/,
    );
  });

  it('shows rows of lists, and reads NaN', async () => {
    measure();
    write('part svd 2', [
      { protocol: 'posthoc', accuracy: 0.5 },
      { protocol: 'finetuned', accuracy: 'NaN' },
    ]);
    await terminal.pipeline('run', 'part[method=svd,rate=2]');
    expect(await table()).toBe(`key      protocol   accuracy
*******  posthoc         0.5
*******  finetuned       NaN
the same in all: stage part, method svd, rate 2, train.accuracy 0.97, loss 0.1
2 rows
`);
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
    measure();
    await terminal.pipeline('run');
    await terminal.pipeline('run');
    expect(asked).toEqual([true, false]);
    const [first] = jsonLines((await terminal.pipeline('experiments', '--json')).out);
    expect(first!.values).toMatchObject({ version: '1.2.3', commit, changed: true, current: true });
    expect(first!.runs).toHaveLength(2);
    expect(jsonLines((await terminal.pipeline('runs', '--json')).out)[0]).toMatchObject({
      origin: { version: '1.2.3', commit },
    });
    expect(await table(`commit=${commit.slice(0, 8)}`, '--columns', 'commit')).toContain(
      'method  rate  commit\n',
    );
  });

  it('reads damaged journals as far as they go', async () => {
    measure();
    await terminal.pipeline('run');
    const [run] = readdirSync(terminal.rig.layout.runs);
    const journal = join(terminal.rig.layout.run(run!), 'journal.jsonl');
    for (const content of ['', '{"type":"run-started"', '\n\n']) {
      writeFileSync(journal, content);
      // The current results are known without a journal.
      expect(await table()).toContain('\n4 rows\n');
    }
  });
});
