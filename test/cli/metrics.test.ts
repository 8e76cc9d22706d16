/** `pipeline metrics`: a table of what the stages report. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HistoryTerminal } from './history-rig.ts';
import { jsonLines, widest } from './terminal.ts';

let terminal: HistoryTerminal;
beforeEach(() => {
  terminal = new HistoryTerminal();
});
afterEach(() => terminal.remove());

describe('pipeline metrics', () => {
  const rows = (rate: number) => [
    { protocol: 'posthoc', method: 'svd', rate, accuracy: 0.9, count: 10, layers: [1, 2] },
    { protocol: 'tuned', method: 'svd', rate, accuracy: 0.95, count: 10, size: { total: 5 } },
  ];

  it('is a table of axes and numbers, with a line per item of a list', async () => {
    terminal.write('part 1', 'rows.json', rows(1));
    terminal.write('part 2', 'rows.json', rows(2));
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
    terminal.rig.executor.writes('part 1', {
      'metrics.json': '{"loss": NaN, "best": -Infinity, "epochs": 3}',
    });
    terminal.rig.executor.writes('part 2', {
      'metrics.json': '{"loss": 0.5, "best": Infinity, "epochs": 3}',
    });
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
    terminal.rig.executor.writes('part 1', { 'metrics.json': '{"loss": oops}' });
    terminal.write('part 2', 'metrics.json', { loss: 0.5 });
    await terminal.pipeline('run');
    const { out } = await terminal.pipeline('metrics');
    expect(out).toContain('not JSON or YAML with numbers: out/metrics.json of part[rate=1]');
    expect(out).not.toContain('the same in all:');
  });

  it('marks stages that are not up to date', async () => {
    terminal.write('base', 'model.json', { layers: 3, kind: 'vgg' });
    terminal.write('part 1', 'result.json', { accuracy: 0.9 });
    await terminal.pipeline('run', 'part[rate=1]');
    const { out } = await terminal.pipeline('metrics', '--set', 'text=x');
    expect(out).toBe('stage  rate  accuracy\npart      1       0.9  *\n* not up to date\n');
  });

  it('fits the terminal, and names the omitted columns', async () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`number_${i}`, i]));
    terminal.write('part 1', 'metrics.json', many);
    terminal.write(
      'part 2',
      'metrics.json',
      Object.fromEntries(Object.keys(many).map((key) => [key, 0.5])),
    );
    await terminal.pipeline('run');
    const { out } = await terminal.pipeline('metrics');
    expect(widest(out)).toBeLessThanOrEqual(80);
    expect(out).toContain('not shown: number_');
    expect((await terminal.pipeline('metrics', 'base')).out).toBe('no stage has metrics yet\n');
  });
});
