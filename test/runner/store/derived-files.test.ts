/**
 * Derived files that save reading or parsing. They must never report anything that is out of date.
 */
import { readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/runner/key/digest.ts';
import type { StageKey } from '../../../src/runner/key/fingerprint.ts';
import { FileDigests } from '../../../src/runner/state/file-digests.ts';
import { LastResults } from '../../../src/runner/state/last-results.ts';
import { ProjectFiles } from '../../../src/runner/store/project-files.ts';
import { CommandRig } from '../../stages/command-rig.ts';

let rig: CommandRig;
let path: string;
beforeEach(() => {
  rig = new CommandRig('');
  path = join(rig.root, 'a.txt');
});
afterEach(() => rig.remove());

/**
 * As if the file had not changed for a minute. The change time of an inode can't be set, so the
 * clock is advanced after the cache has compared it with that of the file system.
 */
function digestLater(of = path): string {
  const cache = new FileDigests(rig.layout);
  rig.write('probe', '');
  cache.digest(join(rig.root, 'probe'));
  const now = Date.now;
  Date.now = () => now() + 60_000;
  try {
    const found = cache.digest(of).digest;
    cache.save();
    return found;
  } finally {
    Date.now = now;
  }
}

function digest(): string {
  const cache = new FileDigests(rig.layout);
  const found = cache.digest(path).digest;
  cache.save();
  return found;
}

describe('the digests of files by their stamps', () => {
  const lines = () => {
    try {
      return readFileSync(rig.layout.fileDigests, 'utf8').split('\n').filter(Boolean);
    } catch {
      return [];
    }
  };

  it('detect a change of the same size at once', () => {
    for (let i = 0; i < 50; i++) {
      writeFileSync(path, String(100 + i));
      expect(digest()).toBe(digestOf(String(100 + i)));
    }
    expect(lines()).toEqual([]);
  });

  it('detect a change after which the old time was restored', () => {
    writeFileSync(path, 'one');
    const { atime, mtime } = statSync(path);
    utimesSync(path, atime, mtime);
    digestLater();
    writeFileSync(path, 'two');
    utimesSync(path, atime, mtime);
    expect(digest()).toBe(digestOf('two'));
  });

  it('ignore lines that are damaged or incomplete, and lines of other paths with odd characters', () => {
    writeFileSync(path, 'one');
    digestLater();
    expect(lines()).toHaveLength(1);
    const text = readFileSync(rig.layout.fileDigests, 'utf8');
    const wrong = digestOf('two');
    writeFileSync(rig.layout.fileDigests, text.replace(digestOf('one'), wrong));
    expect(digest()).toBe(digestOf('one'));
    writeFileSync(rig.layout.fileDigests, text.slice(0, -9));
    digestLater();
    expect(lines()).toHaveLength(2);
    const odd = join(rig.root, 'a\tb\nc');
    writeFileSync(odd, 'odd');
    expect(digestLater(odd)).toBe(digestOf('odd'));
    writeFileSync(odd, 'new');
    expect(new FileDigests(rig.layout).digest(odd).digest).toBe(digestOf('new'));
    expect(digest()).toBe(digestOf('one'));
  });
});

describe('the index of the newest results', () => {
  const entry = (stage: string, text: string) => ({
    stage,
    key: digestOf(text) as unknown as StageKey,
    outputs: { out: digestOf(`out ${text}`) },
  });

  it('ignores lines that are damaged or incomplete, and continues after them', () => {
    const index = new LastResults(rig.layout);
    for (const name of ['a', 'b', 'c']) index.set(entry(name, name));
    const text = readFileSync(rig.layout.lastResults, 'utf8');
    for (let at = 0; at < text.length; at += 7) {
      const bytes = Buffer.from(text);
      bytes[at]! ^= 4;
      writeFileSync(rig.layout.lastResults, bytes);
      const read = new LastResults(rig.layout);
      for (const name of ['a', 'b', 'c']) {
        const found = read.get(name);
        if (found) expect(found).toEqual(entry(name, name));
      }
      expect([...read.all()].length).toBeGreaterThanOrEqual(2 - (text[at] === '\n' ? 1 : 0));
    }
    writeFileSync(rig.layout.lastResults, text.slice(0, -20));
    new LastResults(rig.layout).set(entry('d', 'd'));
    const read = new LastResults(rig.layout);
    expect([...read.all()].map((one) => one.stage)).toEqual(['a', 'b', 'd']);
  });

  it('uses the last line of a stage, and is rewritten when most lines are outdated', () => {
    const index = new LastResults(rig.layout);
    for (let i = 0; i < 1500; i++) index.set(entry('a', String(i)));
    new LastResults(rig.layout).set(entry('b', 'b'));
    const lines = readFileSync(rig.layout.lastResults, 'utf8').split('\n').filter(Boolean);
    expect(lines.length).toBeLessThan(600);
    expect(new LastResults(rig.layout).get('a')).toEqual(entry('a', '1499'));
  });
});

describe('files of the project', () => {
  const files = () => new ProjectFiles(rig.root, rig.layout.root, new FileDigests(rig.layout));
  const listed = (folder: string) => {
    const found = files().get(folder);
    return found.ok ? found.value.files.map((file) => file.path) : found.error;
  };

  it('are all files of a folder except for traces of tools, through links', () => {
    rig.write('d/x', 'x');
    rig.write('d/e/y', 'y', 0o755);
    rig.write('d/node_modules/z', '');
    rig.write('d/__pycache__/z', '');
    rig.write('else/w', 'w');
    symlinkSync('../else', join(rig.root, 'd/else'));
    symlinkSync('x', join(rig.root, 'd/link'));
    expect(listed('d')).toEqual(['e/y', 'else/w', 'link', 'x']);
    const found = files().get('d');
    expect(found.ok && found.value.files[0]).toMatchObject({ executable: true, size: 1 });
  });

  it('with a link that points to a parent folder are refused', () => {
    rig.write('d/e/y', 'y');
    symlinkSync('..', join(rig.root, 'd/e/up'));
    expect(listed('d')).toBe(
      'holds the symbolic link "e/up", which points to a folder that contains it',
    );
    rig.write('f/y', 'y');
    symlinkSync('self', join(rig.root, 'f/self'));
    expect(listed('f')).toMatch(/^can't be read: ELOOP/);
  });

  it('with a name that is not UTF-8 are refused', () => {
    rig.write('d/e/\ufffd', 'y');
    expect(listed('d')).toEqual(['e/\ufffd']);
    writeFileSync(Buffer.concat([Buffer.from(`${rig.root}/d/e/a`), Buffer.from([0xff])]), 'x');
    expect(listed('d')).toBe('holds "e/a\\xff", a name that is not UTF-8; rename it');
  });

  it('that are missing or unreadable are reported, a broken link by its name', () => {
    rig.write('d/x', 'x');
    expect(listed('gone')).toBe('does not exist');
    rig.write('empty/__pycache__/z', '');
    expect(listed('empty')).toBe('is an empty folder');
    symlinkSync('nowhere', join(rig.root, 'd/broken'));
    expect(listed('d')).toBe('holds "broken", which does not exist');
    expect(listed('d/broken')).toBe('does not exist');
    rig.write('d/model.onnx', '');
    expect(listed('d/modle.onnx')).toBe('does not exist (did you mean "model.onnx"?)');
    expect(listed('gone/x')).toBe('does not exist');
  });

  it('never include what the pipeline writes', () => {
    rig.write('x', 'x');
    expect(listed('artifacts/latest/a/x')).toMatch(/^is written by the pipeline itself/);
    for (const name of ['store', 'work', 'latest', 'runs', 'checkpoints']) {
      rig.write(`artifacts/${name}/y`, 'y');
      expect(listed(`artifacts/${name}`)).toMatch(/^is written by the pipeline itself/);
      expect(listed(`artifacts/${name}/y`)).toMatch(/^is written by the pipeline itself/);
    }
    rig.write('artifacts/backends.json', '{}');
    expect(listed('artifacts')).toBe('is an empty folder');
    rig.write('artifacts/mine/store/z', 'z');
    expect(listed('artifacts')).toEqual(['mine/store/z']);
    expect(listed('./')).toEqual(['artifacts/mine/store/z', 'x']);
  });
});

describe('the newest results', () => {
  const [key, one, other] = ['key', 'one', 'other'].map((text) => digestOf(text));
  const line = (stage: string, output: typeof one) =>
    JSON.stringify({ stage, key, outputs: { out: output }, shown: [] });

  it('of a key that two stages share are the last ones, also after the file was rewritten', () => {
    rig.write('artifacts/store/state/results', '');
    // Enough outdated lines that the next write rewrites the file.
    const lines = [...Array(1200).fill(line('a', one)), line('b', one), line('a', other)];
    writeFileSync(rig.layout.lastResults, `${lines.join('\n')}\n`);
    expect(new LastResults(rig.layout).ofKey(key as StageKey)?.outputs.out).toBe(other);
    const next = digestOf('next') as StageKey;
    new LastResults(rig.layout).set({ stage: 'c', key: next, outputs: {} });
    expect(readFileSync(rig.layout.lastResults, 'utf8').split('\n').length).toBeLessThan(9);
    expect(new LastResults(rig.layout).ofKey(key as StageKey)?.outputs.out).toBe(other);
  });
});
