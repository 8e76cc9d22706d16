/**
 * A plan from rows that are all up to date, because nothing that the last plan was made from has
 * changed.
 */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/result.ts';
import type { Event } from '../../src/runner/execution/event.ts';
import { defineStage } from '../../src/runner/graph/stage-type.ts';
import { digestOf } from '../../src/runner/key/digest.ts';
import { lockForCollection } from '../../src/runner/store/live-run.ts';
import { make, Rig, type RunOptions, seen } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.remove());

/** Reads a variable, an environment variable, a configuration, a file and a folder. */
const text = `
config: tuned.yaml
vars: { word: plain, other: 1 }
stages:
  a: { uses: read, with: { text: "\${word}" }, inputs: { file: ./data.txt } }
  b: { uses: read, with: { text: "\${env.WHERE}" }, inputs: { file: ./folder } }
  c: { uses: make, with: { name: c, text: x } }
`;

const read = defineStage({
  name: 'read',
  description: 'writes its text',
  parameters: v.strictObject({ text: v.string() }),
  inputs: { file: { kind: 'file' } },
  outputs: { out: 'file' },
  load: async () => ({ run: () => Promise.reject(new Error('the rig runs it')) }),
});

function write(path: string, content: string): void {
  const full = join(rig.root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
}

/** Runs everything, so that the plan is stored as rows. */
async function ready(): Promise<void> {
  rig.types.set('read', read);
  rig.codes = { ...rig.codes, read: { digest: digestOf('read'), packages: {}, files: {} } };
  rig.configs = { 'tuned.yaml': 'word: tuned\n' };
  rig.environment = { WHERE: 'here', UNUSED: '1' };
  write('data.txt', 'data');
  write('folder/one.txt', 'one');
  const { executor } = rig;
  executor.instead.set('undefined', ({ parameters, outputs }) => {
    writeFileSync(join(outputs.out!, 'value.txt'), String(parameters.text));
    return ok(undefined);
  });
  expect((await rig.run(text)).finished).toMatchObject({ executed: 3, failed: 0 });
  expect(await rig.run(text)).toMatchObject({ idle: true, finished: { cached: 3 } });
}

const shown = (path: string): string => join(rig.layout.latest, path);

/** The only record or object whose text satisfies `holds`. */
function stored(folder: string, holds: (text: string) => boolean): string {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && holds(readFileSync(path, 'utf8')));
  expect(paths).toHaveLength(1);
  return paths[0]!;
}

describe('a run of a plan from rows', () => {
  it('reports and leaves the same as a run of a plan from documents', async () => {
    await ready();
    const journal = (run: string) =>
      readFileSync(join(rig.layout.run(run), 'journal.jsonl'), 'utf8').replaceAll(run, 'run');
    const fromRows = await rig.run(text);
    const leftFromRows = journal('run-2');
    rmSync(rig.layout.lastPlan);
    const fromDocuments = await rig.run(text);
    expect([fromRows.idle, fromDocuments.idle]).toEqual([true, false]);
    const unnamed = (events: unknown): string =>
      JSON.stringify(events).replaceAll(/run-\d/g, 'run');
    expect(unnamed(fromRows.events)).toBe(unnamed(fromDocuments.events));
    expect(leftFromRows).toBe(journal('run-3'));
    expect(unnamed(fromRows.finished)).toBe(unnamed(fromDocuments.finished));
    expect(readdirSync(rig.layout.live)).toEqual([]);
    expect(readdirSync(rig.layout.temporary)).toEqual([]);
  });

  it('has a marker while it reports', async () => {
    await ready();
    const signs: number[] = [];
    const onEvent = (event: Event): void => {
      if (event.type === 'stage-cached') signs.push(readdirSync(rig.layout.live).length);
    };
    expect(await rig.run(text, { onEvent })).toMatchObject({ idle: true });
    expect(signs).toEqual([1, 1, 1]);
    expect(readdirSync(rig.layout.live)).toEqual([]);
  });

  it.each<[string, () => unknown, number]>([
    ['the text of the pipeline', () => ({ text: `${text}# more\n` }), 0],
    ['a stage of it', () => ({ text: text.replace('text: x', 'text: y') }), 1],
    ['a configuration', () => configure('word: anew\n'), 1],
    ['a setting', () => ({ settings: ['word=set'] }), 1],
    ['the targets', () => ({ targets: ['c'] }), 0],
    ['an environment variable that it uses', () => setVariable('WHERE', 'there'), 1],
    ['a fact of the machine', () => setBackend('test 2'), 1],
    ['the code of a stage type', () => recode('read'), 2],
    ['the program', () => otherProgram(), 0],
    ['a file', () => write('data.txt', 'atad'), 1],
    ['a file in a folder', () => write('folder/one.txt', 'eno'), 1],
    ['an additional file in a folder', () => write('folder/two.txt', ''), 1],
    ['a missing file', () => renameSync(at('folder/one.txt'), at('folder/1')), 1],
    ['the mode of a file', () => chmodSync(at('data.txt'), 0o755), 1],
    ['a record', () => rmSync(stored(rig.layout.actions, (one) => one.includes('"c"'))), 1],
    ['an object', () => rmSync(stored(rig.layout.objects, (one) => one === 'tuned')), 1],
    ['a manifest', () => rmSync(stored(rig.layout.objects, hasValueOf('tuned'))), 1],
    ['a shown file', () => rmSync(shown('a/value.txt')), 0],
    ['the content of a shown file', () => overwrite(shown('a/value.txt')), 0],
    ['a shown folder', () => rmSync(shown('c'), { recursive: true }), 0],
    ['the index', () => rmSync(rig.layout.lastResults), 0],
    ['a line of the index', () => appendFileSync(rig.layout.lastResults, line('a')), 0],
    ['an earlier line of the index', () => flip(rig.layout.lastResults, 20), 0],
    ['forcing', () => ({ forced: ['c'] }), 1],
    ['forcing all', () => ({ forced: 'all' }), 3],
    ['the request for results of another backend', () => ({ reuseAcrossBackends: true }), 0],
    ['the last plan', () => rmSync(rig.layout.lastPlan), 0],
    ['a bit of the last plan', () => flip(rig.layout.lastPlan), 0],
  ])('decides a row, or reads the documents, after a change of %s', async (_, change, executed) => {
    await ready();
    const { text: other = text, ...options } = (change() ?? {}) as Partial<Options>;
    const outcome = await rig.run(other, options);
    expect(outcome.idle).toBe(false);
    expect(outcome.finished).toMatchObject({ executed, failed: 0 });
    for (const path of ['a/value.txt', 'b/value.txt', 'c/out/value.txt']) {
      expect(existsSync(shown(path))).toBe(true);
    }
    // The change is stored now.
    const { forced, reuseAcrossBackends, ...again } = options;
    const later = await rig.run(other, again);
    expect(later.finished).toMatchObject({ executed: 0 });
    expect((await rig.run(other, again)).idle).toBe(true);
  });

  it.each<[string, () => unknown]>([
    ['an environment variable that is not used', () => setVariable('UNUSED', '2')],
    ['a new environment variable', () => setVariable('MORE', '2')],
    ['a configuration that is not selected', () => configure('word: z\n', 'other.yaml')],
    ['the time of a file', () => utimesSync(at('data.txt'), 1, 1)],
    ['an incomplete line of the index', () => appendFileSync(rig.layout.lastResults, '{"st\n')],
    ['index entries of other stages', () => appendFileSync(rig.layout.lastResults, line('z'))],
  ])('decides no row after a change of %s', async (_, change) => {
    await ready();
    change();
    expect((await rig.run(text)).idle).toBe(true);
  });

  it('detects a new variable if all of the environment is used', async () => {
    rig.environment = { ONE: '1' };
    const all = v.strictObject({ name: v.string(), all: v.record(v.string(), v.string()) });
    rig.types.set('make', { ...make, parameters: all });
    const whole = 'stages: { a: { uses: make, with: { name: a, all: "${env}" } } }\n';
    rig.executor.instead.set('a', ({ outputs }) => {
      for (const folder of Object.values(outputs)) writeFileSync(join(folder, 'one.txt'), '');
      return ok(undefined);
    });
    await rig.run(whole);
    expect((await rig.run(whole)).idle).toBe(true);
    rig.environment = { ONE: '1', TWO: '2' };
    expect((await rig.run(whole)).finished.executed).toBe(1);
    expect((await rig.run(whole)).idle).toBe(true);
    rig.environment = { ONE: '1' };
    expect((await rig.run(whole)).idle).toBe(false);
  });

  it('detects a changed file of the same size at once, however often', async () => {
    await ready();
    for (let i = 0; i < 20; i++) {
      write('data.txt', String(1000 + i));
      expect((await rig.run(text)).finished.executed).toBe(1);
      expect((await rig.run(text)).idle).toBe(true);
    }
  });

  it('detects what another configuration has shown meanwhile, even of the same size', async () => {
    const of = (word: string) =>
      `stages: { a: { uses: make, with: { name: a, text: ${word} } } }\n`;
    await rig.run(of('one'));
    await rig.run(of('one'));
    const plan = readFileSync(rig.layout.lastPlan);
    await rig.run(of('two'));
    writeFileSync(rig.layout.lastPlan, plan);
    expect(await rig.run(of('one'))).toMatchObject({ idle: false, finished: { executed: 0 } });
    expect(readFileSync(shown('a/out/value.txt'), 'utf8')).toContain('one');
  });

  it('waits for a collection, and decides each stage after it', async () => {
    await ready();
    const alone = lockForCollection(rig.layout);
    if (!alone.ok) throw new Error('it is held');
    const [waiting, onEvent] = seen('warning');
    const running = rig.run(text, { onEvent });
    await waiting;
    expect(readdirSync(rig.layout.live)).toEqual([]);
    alone.value();
    const { events } = await running;
    expect(JSON.stringify(events)).toContain('waiting for gc');
  });

  it('is not possible after a run that failed or warned', async () => {
    await ready();
    const plan = readFileSync(rig.layout.lastPlan);
    const worse = text.replace('text: x', 'text: worse');
    rig.executor.instead.set('c', () => ({
      ok: false,
      error: { kind: 'stage-error', message: 'no' } as never,
    }));
    expect((await rig.run(worse)).finished.failed).toBe(1);
    expect(readFileSync(rig.layout.lastPlan).equals(plan)).toBe(true);
    expect((await rig.run(worse)).finished.failed).toBe(1);
    // A link to a disk that is not mounted: nothing can be shown, and each run reports that.
    rig.executor.instead.delete('c');
    rmSync(rig.layout.latest, { recursive: true });
    symlinkSync('/no/such/disk', rig.layout.latest);
    for (let i = 0; i < 3; i++) {
      const { idle, events } = await rig.run(text);
      expect(idle).toBe(false);
      expect(events.some(({ type }) => type === 'warning')).toBe(true);
    }
  });

  it('is not possible if the project has its own stage types', async () => {
    const { layout } = rig;
    rig.types.set('make', { ...make, module: 'own.mjs' });
    rig.codes = { 'own.mjs': rig.codes.make! };
    const plain = 'stages: { c: { uses: make, with: { name: c } } }\n';
    await rig.run(plain);
    expect((await rig.run(plain)).idle).toBe(false);
    expect(existsSync(layout.lastPlan)).toBe(false);
  });

  it('works for stages with many files', async () => {
    rig.executor.instead.set('a', ({ outputs }) => {
      for (let i = 0; i < 40; i++) writeFileSync(join(outputs.out!, `${i}.txt`), `content ${i}`);
      writeFileSync(join(outputs.other!, 'note.txt'), 'a');
      return ok(undefined);
    });
    const many = 'stages: { a: { uses: make, with: { name: a } } }\n';
    await rig.run(many);
    expect((await rig.run(many)).idle).toBe(true);
    for (const [change, executed] of [
      [() => rmSync(shown('a/out/7.txt')), 0],
      [() => writeFileSync(shown('a/.outputs'), '{"outputs":null,"files":[]}'), 0],
      [() => truncate(stored(rig.layout.objects, (one) => one === 'content 7')), 1],
    ] as const) {
      change();
      expect(await rig.run(many)).toMatchObject({ idle: false, finished: { executed } });
      expect(readFileSync(shown('a/out/7.txt'), 'utf8')).toBe('content 7');
      expect((await rig.run(many)).idle).toBe(true);
    }
  });
});

/** Further options of a change. */
interface Options extends RunOptions {
  readonly text: string;
}

function configure(content: string, path = 'tuned.yaml'): void {
  rig.configs[path] = content;
}

function setVariable(name: string, value: string): void {
  rig.environment[name] = value;
}

function setBackend(backend: string): void {
  rig.facts = { backend };
}

function otherProgram(): void {
  rig.types.set('make', { ...make });
}

function at(path: string): string {
  return join(rig.root, path);
}

function recode(name: string): void {
  rig.codes = { ...rig.codes, [name]: { digest: digestOf('other'), packages: {}, files: {} } };
}

/** Whether a text is the manifest of an artifact with a single file of this content. */
function hasValueOf(content: string): (text: string) => boolean {
  return (text) => text.includes('tree/1') && text.includes(digestOf(content));
}

function overwrite(path: string): void {
  chmodSync(path, 0o644);
  writeFileSync(path, 'something longer');
}

function truncate(path: string): void {
  chmodSync(path, 0o644);
  writeFileSync(path, '');
}

/** As versions without checksums wrote it. */
function line(stage: string): string {
  return `${JSON.stringify({ stage, key: '0'.repeat(64), outputs: {} })}\n`;
}

/** By default in the digest of the last stage's output. */
function flip(path: string, at = readFileSync(path).length - 10): void {
  const bytes = readFileSync(path);
  bytes[at] = bytes[at]! ^ 1;
  writeFileSync(path, bytes);
}
