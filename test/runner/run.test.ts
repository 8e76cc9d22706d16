import { setMaxListeners } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fail, ok } from '../../src/base/result.ts';
import { describeReason } from '../../src/runner/execution/reason.ts';
import { digestOf } from '../../src/runner/key/digest.ts';
import { LastResults } from '../../src/runner/state/last-results.ts';
import { Rig, seen } from './rig.ts';
import { damageUnseen } from './unseen-damage.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

const chain = (text = 'x', constant = false) => `
stages:
  a: { uses: make, with: { name: a, text: ${text}, constant: ${constant} } }
  b: { uses: make, with: { name: b, constant: ${constant} }, inputs: { from: a } }
  c: { uses: make, with: { name: c }, inputs: { from: b } }
`;

const sweep = (rates: string) => `
vars: { rates: [1], text: plain }
config: c.yaml
stages:
  base: { uses: make, with: { name: base } }
  part:
    uses: make
    matrix: { rate: "\${rates}" }
    with: { name: "part \${matrix.rate}", text: "\${text} \${matrix.rate}" }
    inputs: { from: base }
  end: { uses: make, with: { name: end }, inputs: { from: part } }
#${rates}
`;

function reasonsOf(outcome: Awaited<ReturnType<Rig['run']>>, stage: string): string[] {
  for (const event of outcome.events) {
    if (event.type === 'stage-started' && event.stage === stage) {
      return event.reasons.flatMap(describeReason);
    }
  }
  return [];
}

describe('a run', () => {
  it('executes everything once, and nothing the second time', async () => {
    const first = await rig.run(chain());
    expect(first.executed).toEqual(['a', 'b', 'c']);
    expect(first.finished).toMatchObject({ executed: 3, cached: 0, failed: 0, remaining: 0 });
    const second = await rig.run(chain());
    expect(second.finished).toMatchObject({ executed: 0, cached: 3 });
    expect(rig.outputText(second, 'c')).toBe(rig.outputText(first, 'c'));
  });

  it('goes back to an old configuration without running', async () => {
    await rig.run(chain('x'));
    await rig.run(chain('y'));
    expect((await rig.run(chain('x'))).finished.executed).toBe(0);
  });

  it('stops where outputs are the same', async () => {
    await rig.run(chain('x', true));
    const edited = chain('x', true).replace('name: a,', 'name: renamed,');
    const second = await rig.run(edited);
    expect(second.executed).toEqual(['a']);
    expect(second.finished.cached).toBe(2);
  });

  it('has keys that do not depend on names, order or place', async () => {
    await rig.run(chain());
    const renamed = `
stages:
  last: { inputs: { from: [middle] }, with: { name: c }, uses: make }
  middle: { inputs: { from: first }, uses: make, with: { constant: false, name: b } }
  first: { with: { text: x, name: a }, uses: make }
`;
    expect((await rig.run(renamed)).finished.executed).toBe(0);
  });

  it('runs only the instances of an added value, and the stages that depend on them', async () => {
    rig.configs['c.yaml'] = 'rates: [1, 2, 3]';
    await rig.run(sweep(''));
    const added = await rig.run(sweep(''), { settings: ['rates=[1, 2, 3, 4]'] });
    expect(added.executed).toEqual(['part[rate=4]', 'end']);
    expect(reasonsOf(added, 'part[rate=4]')).toEqual(['first run']);
    expect(reasonsOf(added, 'end')).toEqual(['input from: 1 new from part[rate=4]']);
  });

  it('compares a stage that never ran only with one that differs in a single parameter', async () => {
    const text = (list: string, more = '') => `
stages:
  a: { uses: make, matrix: { t: [${list}] }, with: { name: a, text: "t\${matrix.t}"${more} } }
`;
    await rig.run(text('1'));
    expect(reasonsOf(await rig.run(text('1, 2')), 'a[t=2]')).toEqual([
      'first run; parameter text: "t1" -> "t2" (pipeline.yaml:3:66), compared with a[t=1]',
    ]);
    // Two parameters, or any other difference, say nothing about a stage without a past.
    const other = await rig.run(text('1, 2, 3', ', constant: true'));
    expect(reasonsOf(other, 'a[t=3]')).toEqual(['first run']);
    rig.facts = { backend: 'test 2' };
    expect(reasonsOf(await rig.run(text('1, 2, 3, 4', ', constant: true')), 'a[t=4]')).toEqual([
      'first run',
    ]);
  });

  it.each([
    ['no folder', [], false],
    ['an empty folder', [''], false],
    ['a checkpoint', ['state.json'], true],
  ])('continues from a checkpoint only if there is one: %s', async (_what, files, resumed) => {
    const text = 'stages: { a: { uses: make, with: { name: a } } }';
    const decision = (await rig.prepare(text)).plan.decisions.get('a' as never)!;
    if (decision.kind !== 'run') throw new Error('it has run');
    const folder = rig.layout.checkpoints(decision.key);
    for (const name of files) {
      mkdirSync(folder, { recursive: true });
      if (name !== '') writeFileSync(join(folder, name), '{}');
    }
    const { events } = await rig.run(text);
    expect(events.find(({ type }) => type === 'stage-started')).toMatchObject({ resumed });
  });

  it('reports which parameter changed, from what to what, and where it is set', async () => {
    const text = `
vars: { text: plain }
config: c.yaml
stages:
  a: { uses: make, with: { name: a, text: "\${text}" } }
`;
    rig.configs['c.yaml'] = 'text: old\n';
    await rig.run(text);
    rig.configs['c.yaml'] = '\ntext: new\n';
    expect(reasonsOf(await rig.run(text), 'a')).toEqual([
      'parameter text: "old" -> "new" (c.yaml:2:7)',
    ]);
  });

  it('reports changed code, packages and environment', async () => {
    await rig.run(chain());
    const { make } = rig.codes;
    const files = { 'src/a.ts': digestOf('new') };
    rig.codes = { make: { digest: digestOf('new code'), packages: { pkg: '2.0.0' }, files } };
    rig.facts = { backend: 'test 2' };
    expect(make).toBeDefined();
    expect(reasonsOf(await rig.run(chain()), 'a')).toEqual([
      'environment backend: test 1 -> test 2',
      'package pkg: 1.0.0 -> 2.0.0',
      'code: src/a.ts',
    ]);
  });

  it('runs a stage again when its results are lost', async () => {
    const first = await rig.run(chain());
    const objects = join(rig.layout.root, 'store', 'objects');
    const { rmSync } = await import('node:fs');
    rmSync(objects, { recursive: true });
    const second = await rig.run(chain());
    expect(second.executed).toEqual(['a', 'b', 'c']);
    expect(reasonsOf(second, 'a')).toEqual(['its results in the store are missing or damaged']);
    expect(rig.outputText(second, 'c')).toBe(rig.outputText(first, 'c'));
    expect((await rig.run(chain())).finished.executed).toBe(0);
  });

  it('is restricted to targets', async () => {
    expect((await rig.run(chain(), { targets: ['b'] })).executed).toEqual(['a', 'b']);
  });

  it('runs a forced stage, and the stages that depend on it only if the outputs differ', async () => {
    await rig.run(chain());
    const forced = await rig.run(chain(), { forced: ['b'] });
    expect(forced.executed).toEqual(['b']);
    expect(forced.finished.cached).toBe(2);
  });

  it('reports that a forced stage gives other bytes, and uses them', async () => {
    await rig.run(chain());
    rig.executor.instead.set('b', ({ outputs }) => {
      writeFileSync(join(outputs.out!, 'value.txt'), 'other');
      writeFileSync(join(outputs.other!, 'note.txt'), 'other');
      return ok(undefined);
    });
    const forced = await rig.run(chain(), { forced: ['b'] });
    expect(forced.events).toContainEqual(expect.objectContaining({ stage: 'b', differs: true }));
    expect(forced.executed).toEqual(['b', 'c']);
  });
});

describe('a failure', () => {
  const fork = `
stages:
  bad: { uses: make, with: { name: bad } }
  hurt: { uses: make, with: { name: hurt }, inputs: { from: bad } }
  worse: { uses: make, with: { name: worse }, inputs: { from: hurt } }
  good: { uses: make, with: { name: good } }
  fine: { uses: make, with: { name: fine }, inputs: { from: good } }
`;
  const failure = { kind: 'stage', message: 'no' } as const;

  it('skips the stages that depend on it, and leaves the cache unchanged', async () => {
    rig.executor.instead.set('bad', () => fail(failure));
    const outcome = await rig.run(fork, { keepGoing: true });
    expect(outcome.finished).toMatchObject({ executed: 2, failed: 1, skipped: 2, remaining: 0 });
    rig.executor.instead.clear();
    expect((await rig.run(fork)).executed).toEqual(['bad', 'hurt', 'worse']);
  });

  it('lets running stages finish, and starts no new one', async () => {
    rig.executor.hold('bad', 'good');
    const running = rig.run(fork);
    const bad = await rig.executor.next('bad');
    const good = await rig.executor.next('good');
    bad.fail(failure);
    await Promise.resolve();
    good.finish();
    const { finished } = await running;
    expect(finished).toMatchObject({ executed: 1, failed: 1, skipped: 2, remaining: 1 });
  });

  it.each([
    ['missing-output', 'out', () => undefined],
    [
      'undeclared-output',
      'stray.txt',
      (folder: string) => writeFileSync(join(folder, '..', 'stray.txt'), ''),
    ],
  ])('is reported for a %s', async (kind, name, act) => {
    rig.executor.instead.set('a', ({ outputs }) => {
      act(outputs.out!);
      return ok(undefined);
    });
    const outcome = await rig.run(chain());
    const failed = outcome.events.find((event) => event.type === 'stage-failed');
    expect(failed).toMatchObject({ stage: 'a', failure: { kind } });
    expect(JSON.stringify(failed)).toContain(name);
    expect(readdirSync(rig.layout.workspaces)).toEqual([]);
  });

  it('does not end the run if an input was damaged on disk: it is rebuilt', async () => {
    const first = await rig.run(chain());
    const text = rig.outputText(first, 'a');
    const objects = readdirSync(join(rig.layout.root, 'store', 'objects'), { recursive: true })
      .map((name) => join(rig.layout.root, 'store', 'objects', String(name)))
      .filter((path) => !path.endsWith('objects') && path.length > 0);
    const damaged = objects.find((path) => {
      try {
        return readFileSync(path, 'utf8') === text;
      } catch {
        return false;
      }
    })!;
    damageUnseen(damaged);
    const after = await rig.run(chain().replace('name: b', 'name: bb'));
    expect(after.finished).toMatchObject({ failed: 0, executed: 2, cached: 1 });
    const message = '"value.txt" of a was damaged on disk; it is rebuilt';
    expect(after.events).toContainEqual({ type: 'warning', message });
    expect(after.executed).toEqual(['a', 'b']);
  });
});

describe('the files for users', () => {
  it('can be unwritable: a run reports that and continues, and a file in the way is renamed', async () => {
    await rig.run(chain());
    const { rmSync } = await import('node:fs');
    rmSync(rig.layout.latest, { recursive: true });
    rmSync(rig.layout.runs, { recursive: true });
    writeFileSync(rig.layout.latest, 'in the way');
    writeFileSync(rig.layout.runs, 'in the way');
    const outcome = await rig.run(chain('y'));
    expect(outcome.finished).toMatchObject({ executed: 3, failed: 0 });
    const warnings = outcome.events.filter((event) => event.type === 'warning');
    expect(JSON.stringify(warnings)).toMatch(/no journal/);
    expect(readFileSync(`${rig.layout.latest}.1`, 'utf8')).toBe('in the way');
    expect(readdirSync(rig.layout.latest).sort()).toEqual(['a', 'b', 'c']);
  });

  it('are repaired after a killed run', async () => {
    await rig.run(chain('x'));
    const file = join(rig.layout.latest, 'a', 'out', 'value.txt');
    const wanted = readFileSync(file, 'utf8');
    const note = join(rig.layout.latest, 'a', '.outputs');
    const { files } = JSON.parse(readFileSync(note, 'utf8'));
    writeFileSync(note, JSON.stringify({ outputs: null, files }));
    const index = new LastResults(rig.layout);
    const { shown: _shown, ...entry } = index.get('a')!;
    index.set(entry);
    const { rmSync } = await import('node:fs');
    rmSync(file);
    writeFileSync(file, wanted.replace('x', 'z'));
    await rig.run(chain('x'));
    expect(readFileSync(file, 'utf8')).toBe(wanted);
  });

  it("include a user's file whose name an output needs, under another name", async () => {
    const folder = join(rig.layout.latest, 'a', 'out');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'value.txt'), 'mine');
    await rig.run(chain('x'));
    expect(readFileSync(join(folder, 'value.txt.1'), 'utf8')).toBe('mine');
    expect(readFileSync(join(folder, 'value.txt'), 'utf8')).toContain('x');
    await rig.run(chain('y'));
    expect(readdirSync(folder).sort()).toEqual(['value.txt', 'value.txt.1']);
  });

  it("include a user's files, even if they look like ours", async () => {
    await rig.run(chain('x'));
    const { copyFileSync, chmodSync } = await import('node:fs');
    const folder = join(rig.layout.latest, 'a', 'out');
    const copy = join(folder, 'before.txt');
    copyFileSync(join(folder, 'value.txt'), copy);
    chmodSync(copy, 0o444);
    await rig.run(chain('y'));
    expect(existsSync(copy)).toBe(true);
  });
});

describe('a damaged object', () => {
  it('is replaced when a forced stage builds it again', async () => {
    const first = await rig.run(chain());
    const wanted = rig.outputText(first, 'a');
    const object = join(rig.layout.root, 'store', 'objects');
    for (const name of readdirSync(object, { recursive: true, encoding: 'utf8' })) {
      const path = join(object, name);
      if (!name.includes('/') || readFileSync(path, 'utf8') !== wanted) continue;
      chmodSync(path, 0o644);
      writeFileSync(path, wanted.replace('x', 'z'));
    }
    const forced = await rig.run(chain(), { forced: ['a'] });
    expect(forced.finished.failed).toBe(0);
    expect(rig.outputText(forced, 'a')).toBe(wanted);
  });
});

describe('interleavings', () => {
  it('never runs more than its jobs, and starts the longest chain first', async () => {
    const text = `
stages:
  short: { uses: make, with: { name: short } }
  long: { uses: make, with: { name: long } }
  then: { uses: make, with: { name: then }, inputs: { from: long } }
`;
    rig.executor.hold('short', 'long');
    const running = rig.run(text, { jobs: 1 });
    const long = await rig.executor.next('long');
    expect(rig.executor.isWaiting('short')).toBe(false);
    long.finish();
    (await rig.executor.next('short')).finish();
    expect((await running).finished.executed).toBe(3);
  });

  it('gives no warning of Node, however many stages run at once', async () => {
    const warn = vi.spyOn(process, 'emitWarning');
    const names = Array.from({ length: 256 }, (_, i) => `s${i}`);
    const stages = names.map((name) => `  ${name}: { uses: make, with: { name: ${name} } }`);
    rig.executor.hold(...names);
    const { signal } = new AbortController();
    setMaxListeners(10, signal);
    const running = rig.run(`stages:\n${stages.join('\n')}\n`, { jobs: 256, signal });
    for (const name of names) (await rig.executor.next(name)).finish();
    expect((await running).finished.executed).toBe(256);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('builds a key once when two runs need it', async () => {
    rig.executor.hold('a');
    const first = rig.run(chain());
    const held = await rig.executor.next('a');
    const [waiting, onEvent] = seen('stage-waiting');
    const second = rig.run(chain(), { onEvent });
    await waiting;
    held.finish();
    const outcomes = await Promise.all([first, second]);
    expect(rig.executor.counts.get('a')).toBe(1);
    expect(outcomes[1]!.finished).toMatchObject({ failed: 0, remaining: 0 });
  });

  it('stops by its signal, and continues later', async () => {
    const abort = new AbortController();
    rig.executor.hold('b');
    const running = rig.run(chain(), { signal: abort.signal });
    const held = await rig.executor.next('b');
    held.progress(0.5);
    abort.abort();
    const { finished, events } = await running;
    expect(finished).toMatchObject({ executed: 1, failed: 0, remaining: 2, interrupted: true });
    expect(events).toContainEqual({
      type: 'stage-progress',
      stage: 'b',
      progress: { fraction: 0.5 },
    });
    const again = rig.run(chain());
    (await rig.executor.next('b')).finish();
    expect((await again).executed).toEqual(['b', 'c']);
  });
});

describe('the artifacts of a run', () => {
  it('are shown in latest/, are restored if deleted, and user files there are kept', async () => {
    await rig.run(chain());
    const file = join(rig.layout.latest, 'c', 'out', 'value.txt');
    const text = readFileSync(file, 'utf8');
    const { rmSync } = await import('node:fs');
    rmSync(file);
    const own = join(rig.layout.latest, 'c', 'mine.txt');
    writeFileSync(own, 'my notes');
    await rig.run(chain());
    expect(readFileSync(file, 'utf8')).toBe(text);
    await rig.run(chain('y'));
    expect(readFileSync(file, 'utf8')).not.toBe(text);
    expect(readFileSync(own, 'utf8')).toBe('my notes');
  });

  it('include a journal of each run', async () => {
    await rig.run(chain());
    const journal = readFileSync(join(rig.layout.run('run-0'), 'journal.jsonl'), 'utf8');
    const types = journal
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    expect(types[0]).toBe('run-started');
    expect(types.filter((type) => type === 'stage-finished')).toHaveLength(3);
    expect(types.at(-1)).toBe('run-finished');
    expect(existsSync(rig.layout.workspaces) && readdirSync(rig.layout.workspaces).length > 0).toBe(
      false,
    );
  });
});

describe('a plan', () => {
  it('reports what will run and what may run, and agrees with the run', async () => {
    rig.configs['c.yaml'] = 'rates: [1, 2]';
    expect((await rig.prepare(sweep(''))).plan.counts).toEqual({ run: 1, pending: 3, hit: 0 });
    await rig.run(sweep(''));
    expect((await rig.prepare(sweep(''))).plan.counts).toEqual({ run: 0, pending: 0, hit: 4 });
    const selection = { settings: ['rates[2]=7'] };
    const { counts } = (await rig.prepare(sweep(''), selection)).plan;
    expect(counts).toEqual({ run: 1, pending: 1, hit: 3 });
    expect((await rig.run(sweep(''), selection)).finished.executed).toBe(2);
  });
});
