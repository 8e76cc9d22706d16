/**
 * A plan from rows that are all up to date, because nothing that the last plan was made from has
 * changed.
 */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/result.ts';
import { digestOf } from '../../src/runner/key/digest.ts';
import { make, type RunOptions } from './rig.ts';
import { RowsRig, text } from './rows-rig.ts';

let rig: RowsRig;
beforeEach(() => {
  rig = new RowsRig();
});
afterEach(() => rig.remove());

describe('a run of a plan from rows', () => {
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
    ['a file', () => rig.write('data.txt', 'atad'), 1],
    ['a file in a folder', () => rig.write('folder/one.txt', 'eno'), 1],
    ['an additional file in a folder', () => rig.write('folder/two.txt', ''), 1],
    ['a missing file', () => renameSync(at('folder/one.txt'), at('folder/1')), 1],
    ['the mode of a file', () => chmodSync(at('data.txt'), 0o755), 1],
    ['a record', () => rmSync(rig.stored(rig.layout.actions, (one) => one.includes('"c"'))), 1],
    ['an object', () => rmSync(rig.stored(rig.layout.objects, (one) => one === 'tuned')), 1],
    ['a manifest', () => rmSync(rig.stored(rig.layout.objects, hasValueOf('tuned'))), 1],
    ['a shown file', () => rmSync(rig.shown('a/value.txt')), 0],
    ['the content of a shown file', () => overwrite(rig.shown('a/value.txt')), 0],
    ['a shown folder', () => rmSync(rig.shown('c'), { recursive: true }), 0],
    ['the index', () => rmSync(rig.layout.lastResults), 0],
    ['a line of the index', () => appendFileSync(rig.layout.lastResults, line('a')), 0],
    ['an earlier line of the index', () => flip(rig.layout.lastResults, 20), 0],
    ['forcing', () => ({ forced: ['c'] }), 1],
    ['forcing all', () => ({ forced: 'all' }), 3],
    ['the request for results of another backend', () => ({ reuseAcrossBackends: true }), 0],
    ['the last plan', () => rmSync(rig.layout.lastPlan), 0],
    ['a bit of the last plan', () => flip(rig.layout.lastPlan), 0],
  ])('decides a row, or reads the documents, after a change of %s', async (_, change, executed) => {
    await rig.ready();
    const { text: other = text, ...options } = (change() ?? {}) as Partial<Options>;
    const outcome = await rig.run(other, options);
    expect(outcome.idle).toBe(false);
    expect(outcome.finished).toMatchObject({ executed, failed: 0 });
    for (const path of ['a/value.txt', 'b/value.txt', 'c/out/value.txt']) {
      expect(existsSync(rig.shown(path))).toBe(true);
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
    await rig.ready();
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
    await rig.ready();
    for (let i = 0; i < 20; i++) {
      rig.write('data.txt', String(1000 + i));
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
    expect(readFileSync(rig.shown('a/out/value.txt'), 'utf8')).toContain('one');
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
