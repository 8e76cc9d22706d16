/** The live display: what a terminal shows during a run and after it. */
import { Writable } from 'node:stream';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/cli/host.ts';
import { Footer } from '../../../src/cli/render/footer.ts';
import { LiveRenderer } from '../../../src/cli/render/live.ts';
import type { RunView } from '../../../src/cli/render/renderer.ts';
import type { Event } from '../../../src/runner/execution/event.ts';
import { InstanceNames } from '../../../src/runner/graph/instance-names.ts';
import {
  byIdOf,
  type Pipeline,
  type Stage,
  type StageId,
  stageId,
} from '../../../src/runner/graph/pipeline.ts';
import { Screen } from './screen.ts';

const message = 'its output "o" holds the symbolic link "l" to "nothing", where there is no file';

interface Display {
  readonly screen: Screen;
  readonly show: (event: unknown) => void;
  readonly close: () => void;
}

function stagesOf(name: string, axes: readonly Record<string, string | number>[]): Stage[] {
  return axes.map((one) => {
    const own = new Map(Object.entries(one));
    return { id: stageId(name, own), name, axes: own } as unknown as Stage;
  });
}

function display(
  columns: number,
  rows: number,
  stages: readonly Stage[],
  long = true,
  notes: readonly string[] = [],
): Display {
  const screen = new Screen(columns, rows);
  const write = (chunk: unknown, _: unknown, done: () => void): void => {
    screen.write(String(chunk));
    done();
  };
  const stream = new Writable({ write });
  const size = () => ({ columns: screen.columns, rows });
  const host = {
    ...{ stderr: stream, stdout: stream, now: () => 0, interactive: false },
    footer: new Footer(stream, size),
    get columns() {
      return screen.columns;
    },
  };
  const pipeline: Pipeline = { stages, byId: byIdOf(stages) };
  const view: RunView = {
    counts: { run: stages.length, pending: 0, hit: 0 },
    names: new InstanceNames(pipeline),
    long,
    toRun: () => stages.map(({ id }) => id),
    ends: () => [],
    notes,
    standingNotes: [],
    latest: 'artifacts/latest',
    past: () => new Map(),
    jobs: 2,
    folder: 'runs/x',
  };
  const live = new LiveRenderer(host as unknown as Host, view);
  return {
    screen,
    show: (event) => {
      live.show(event as Event);
      // Draws what has changed, without the wait between two drawings.
      host.footer.print('');
    },
    close: () => live.close(),
  };
}

const start = (stage: string) => ({
  ...{ type: 'stage-started', stage, key: 'k', reasons: [{ kind: 'first-run' }] },
  ...{ resumed: false, attempt: 1 },
});
const finish = (stage: string) => ({ type: 'stage-finished', stage, seconds: 1.5, differs: false });
const progress = (stage: string, fraction: number, text: string) => ({
  ...{ type: 'stage-progress', stage },
  progress: { fraction, message: text },
});
const end = (executed: number, failed = 0, interrupted = false) => ({
  ...{ type: 'run-finished', executed, cached: 0, failed, skipped: 0, remaining: 0 },
  ...{ seconds: 1, interrupted },
});

const sweep = stagesOf(
  'decompose',
  ['svd', 'cur-leverage'].flatMap((method) =>
    [2, 100].map((rate) => ({ dataset: 'fashion-mnist', trial: 0, method, rate })),
  ),
);
const ids: readonly StageId[] = sweep.map(({ id }) => id);

describe.each([40, 80, 200])('at %i columns', (columns) => {
  it('each running stage has one line, named by the axes that vary', () => {
    const { screen, show } = display(columns, 24, sweep);
    for (const id of ids) show(start(id));
    for (const id of ids) show(progress(id, 0.5, 'classifier.0'));
    const lines = screen.text();
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^░+ 0 of 4 stages/);
    expect(lines[1]).toContain('50% classifier.0');
    if (columns >= 80) expect(lines[4]).toContain('decompose[method=cur-leverage,rate=100]');
    else expect(lines[4]).toMatch(/rate=100\] /);
    expect(lines.join()).not.toContain('dataset');
  });

  it('nothing of the display stays after the end, and no line is broken', () => {
    const { screen, show } = display(columns, 24, sweep);
    for (const id of ids) show(start(id));
    for (const id of ids) {
      show(progress(id, 0.9, 'a long message '.repeat(20)));
      show(finish(id));
    }
    show(end(4));
    const text = screen.text();
    expect(text.join('\n')).not.toMatch(/[░█]|message|%/);
    expect(text.filter((line) => line.startsWith('done'))).toHaveLength(4);
    expect(text.at(-1)).toBe('4 executed, 0 cached in 1 s');
  });
});

it.each([40, 80])('notes and the summary are broken between words at %i columns', (columns) => {
  const note =
    'pipeline.yaml:3:41: warning: the axis "kind" of "long" is not used: its 4 values give the same result';
  const { screen, show } = display(columns, 24, sweep, true, [note]);
  show({ type: 'run-started', plan: { run: 4, pending: 0, hit: 0 } });
  for (const id of ids) show(start(id));
  show({ ...end(1000, 1000, true), skipped: 1000, remaining: 1000 });
  const text = screen.text();
  expect(text.map((line) => line.trim()).join(' ')).toContain(note);
  expect(text.map((line) => line.trim()).join(' ')).toContain(
    '1000 failed, 1000 skipped, 4 stopped, 996 not started in 1 s',
  );
});

it('a wide progress message with emoji does not break the line', () => {
  const { screen, show } = display(40, 24, sweep);
  show(start(ids[0]!));
  show(progress(ids[0]!, 0.5, '漢字🚀👩‍🔬 '.repeat(10)));
  show(finish(ids[0]!));
  expect(screen.text().filter((line) => /漢/.test(line))).toEqual([]);
  for (const line of screen.text()) expect(stringWidth(line)).toBeLessThanOrEqual(40);
});

it('more running stages than lines of the terminal are counted', () => {
  const many = stagesOf(
    'a',
    Array.from({ length: 50 }, (_, i) => ({ i })),
  );
  const { screen, show } = display(80, 10, many);
  for (const { id } of many) show(start(id));
  expect(screen.text().at(-1)).toBe('and 43 more running');
  show(end(0, 0, true));
  expect(screen.text().join('\n')).not.toMatch(/[░█]/);
});

it('a terminal that becomes narrower is erased too', () => {
  const { screen, show } = display(80, 24, sweep);
  for (const id of ids) show(start(id));
  for (const id of ids) show(progress(id, 0.5, 'classifier.0, 4000 images/s, 12 s left'));
  screen.resize(40);
  show(end(0, 0, true));
  expect(screen.text().join('\n')).not.toMatch(/[░█]/);
});

it('a failure is printed whole above the display', () => {
  const { screen, show } = display(80, 24, stagesOf('a', [{ i: 0 }, { i: 1 }]));
  show(start('a[i=0]'));
  show(start('a[i=1]'));
  show({
    ...{ type: 'stage-failed', stage: 'a[i=0]' },
    failure: { kind: 'stage', message, advice: message },
  });
  const text = screen.text();
  expect(text.join(' ').replace(/\s+/g, ' ').split(message)).toHaveLength(3);
  expect(text.at(-1)).toMatch(/^░+ a\[i=1\] 0 s$/);
  expect(text.filter((line) => /[░█]/.test(line))).toHaveLength(2);
});

it('many instances of a stage are reported together, and each failure alone', () => {
  const many = stagesOf(
    'a',
    Array.from({ length: 9 }, (_, i) => ({ i, set: 'x' })),
  );
  const { screen, show } = display(80, 24, many, false);
  for (const { id } of many) show(start(id));
  for (const { id } of many.slice(0, 8)) show(finish(id));
  expect(screen.text().join('\n')).not.toContain('done');
  const failure = { kind: 'stage', message: 'it is broken', advice: '' };
  show({ type: 'stage-failed', stage: many[8]!.id, failure });
  show(end(8, 1));
  const text = screen.text();
  expect(text).toContain('failed  a[i=8]: it is broken');
  expect(text).toContain('done    a (8 of 9)  0 s');
});
