/** `pipeline experiments`: columns, filters, comparison and width of the table. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExperimentsTerminal, text } from './experiments-rig.ts';
import { jsonLines, widest } from './terminal.ts';

let terminal: ExperimentsTerminal;
beforeEach(() => {
  terminal = new ExperimentsTerminal();
});
afterEach(() => terminal.remove());

describe('pipeline experiments', () => {
  it('joins the metrics of all stages of a configuration', async () => {
    expect(await terminal.table()).toBe('no run has results with metrics\n');
    terminal.measure();
    await terminal.pipeline('run');
    expect(await terminal.table()).toBe(`key      method  rate  accuracy  bytes
*******  svd        2       0.9      0
*******  svd       25       0.8   1000
*******  cur        2      0.95   2000
*******  cur       25      0.99   3000
the same in all: stage part, train.accuracy 0.97, loss 0.1
4 rows
`);
  });

  it('filters and sorts', async () => {
    terminal.measure();
    await terminal.pipeline('run');
    expect(await terminal.table('accuracy>0.85', '--sort', 'rate,-accuracy')).toBe(
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
    expect(await terminal.table('accuracy>2')).toBe('none of 4 rows matches\n');
    expect(
      await terminal.table('--sort', '-accuracy', '-n', '1', '--columns', 'accuracy'),
    ).toContain('*******      0.99\n');
  });

  it('reports a name that no column has, and a text that is no filter', async () => {
    terminal.measure();
    await terminal.pipeline('run');
    const { code, out, err } = await terminal.pipeline('experiments', 'acuracy=1', 'svd');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('no column is named "acuracy" (did you mean "accuracy"?)');
    expect(err).toContain('"svd" is not a filter; write NAME=VALUE');
    const sort = await terminal.pipeline('experiments', '--sort', 'zzzzzz');
    expect(sort.err).toContain('no column is named "zzzzzz"; known: key, stage, method');
  });

  it('remembers the chosen columns for the table only', async () => {
    terminal.measure();
    await terminal.pipeline('run');
    expect(await terminal.table('--columns', 'bytes,train.accuracy')).toContain(
      'key      method  rate  bytes  train.accuracy\n',
    );
    expect(await terminal.table()).toContain('method  rate  bytes  train.accuracy\n');
    expect(await terminal.table()).toContain(
      'columns as chosen before; --columns auto shows all that fit\n',
    );
    expect(await terminal.table('--csv')).toContain(
      'method,rate,train.accuracy,loss,accuracy,bytes',
    );
    rmSync(terminal.rig.layout.state, { recursive: true });
    expect(await terminal.table()).toContain('method  rate  accuracy  bytes\n');
    await terminal.table('--columns', 'bytes');
    expect(await terminal.table('--columns', 'auto')).toContain('method  rate  accuracy  bytes\n');
    expect(await terminal.table()).toContain('method  rate  accuracy  bytes\n');
  });

  it('shows rows side by side', async () => {
    terminal.measure();
    await terminal.pipeline('run');
    const compared = await terminal.table('rate=25', '--compare');
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
    expect(await terminal.table(`key=${first}`, `key=${second}`, '--compare')).toContain('rate');
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
        terminal.write(`part ${long}-${end} ${rate}`, {
          accuracy: rate / 100,
          a: 1 / rate,
          b: -rate,
        });
      }
    }
    await terminal.pipeline('run');
    for (const columns of [200, 80, 60, 40, 20]) {
      terminal.columns = columns;
      const out = await terminal.table();
      for (const end of ['a', 'b']) expect(out).toContain(`${long}-${end}`);
      if (columns >= 60) expect(widest(out)).toBeLessThanOrEqual(columns);
    }
    terminal.columns = 60;
    expect(await terminal.table()).toContain('not shown: accuracy, a, b (use --columns or --csv)');
    terminal.columns = 50;
    expect(await terminal.table()).toMatch(
      /^key=\S{7}\n {4}method=a-method-with-a-long-name-that-ends-in-a\n {4}rate=2\n {4}accuracy=0.02 a=0.5/,
    );
  });

  it('shows rows of lists, and reads NaN', async () => {
    terminal.measure();
    terminal.write('part svd 2', [
      { protocol: 'posthoc', accuracy: 0.5 },
      { protocol: 'finetuned', accuracy: 'NaN' },
    ]);
    await terminal.pipeline('run', 'part[method=svd,rate=2]');
    expect(await terminal.table()).toBe(`key      protocol   accuracy
*******  posthoc         0.5
*******  finetuned       NaN
the same in all: stage part, method svd, rate 2, train.accuracy 0.97, loss 0.1
2 rows
`);
  });
});
