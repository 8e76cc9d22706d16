/** A file of lines that another process appends to, cuts, replaces or hides: each line is given once, and whole. */

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const disk = vi.hoisted(() => ({
  refusal: undefined as { readonly call: string; readonly code: string } | undefined,
}));

vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const refusing =
    <A extends unknown[], R>(call: string, act: (...given: A) => R) =>
    (...given: A): R => {
      if (disk.refusal?.call !== call) return act(...given);
      const { code } = disk.refusal;
      throw Object.assign(new Error(`${code}: refused, ${call}`), { code, syscall: call });
    };
  return {
    ...real,
    openSync: refusing('open', real.openSync),
    fstatSync: refusing('fstat', real.fstatSync),
    readSync: refusing('read', real.readSync),
  };
});

const { AppendedLines } = await import('../../src/base/appended-lines.ts');

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lines-'));
  path = join(root, 'file.jsonl');
});
afterEach(() => {
  disk.refusal = undefined;
  rmSync(root, { recursive: true, force: true });
});

const open = (options = {}) => {
  const lines = new AppendedLines(path, options);
  return { lines, read: (): string => lines.read().toString('utf8') };
};

describe('the lines of a growing file', () => {
  it('are given once, when they are complete, wherever they were cut', () => {
    const { read } = open();
    expect(read()).toBe('');
    const bytes = Buffer.from('ä\n\ntwo\n');
    for (let at = 0; at < bytes.length; at++) {
      appendFileSync(path, bytes.subarray(at, at + 1));
      const expected = { 2: 'ä\n', 3: '\n', 7: 'two\n' }[at] ?? '';
      expect(read()).toBe(expected);
      expect(read()).toBe('');
    }
  });

  it('may be longer than a piece', () => {
    const { read } = open();
    const long = 'x'.repeat(3 << 20);
    appendFileSync(path, `${long}`);
    expect(read()).toBe('');
    appendFileSync(path, '\nafter\ncut');
    expect(read()).toBe(`${long}\nafter\n`);
    expect(read()).toBe('');
  });

  it('are skipped if they are too long, and only they', () => {
    const { read } = open({ longestLine: 10 });
    appendFileSync(path, 'before\n0123456789');
    expect(read()).toBe('before\n');
    for (const more of ['a', 'b', 'c'.repeat(100)]) {
      appendFileSync(path, more);
      expect(read()).toBe('');
    }
    appendFileSync(path, 'end\nafter\n');
    expect(read()).toBe('after\n');
  });

  it('are given in several reads if there are many', () => {
    const line = `${'x'.repeat(99_999)}\n`;
    writeFileSync(path, line.repeat(100));
    const { lines, read } = open({ mostPerRead: 1 << 20 });
    const sizes: number[] = [];
    do sizes.push(read().length);
    while (lines.behind);
    expect(sizes.length).toBeGreaterThan(5);
    expect(Math.max(...sizes)).toBeLessThanOrEqual((1 << 20) + line.length);
    expect(sizes.reduce((sum, one) => sum + one, 0)).toBe(100 * line.length);
  });
});

describe('a file that does not only grow', () => {
  it.each([
    ['is emptied', () => truncateSync(path, 0), ''],
    ['loses its last bytes', () => truncateSync(path, 5), 'one\n'],
    [
      'is written again, longer than before',
      () => writeFileSync(path, 'a longer line\nx\n'),
      'a longer line\nx\n',
    ],
    [
      'is replaced by a file of the same size',
      () => {
        writeFileSync(`${path}.new`, 'eno\nowt\n');
        renameSync(`${path}.new`, path);
      },
      'eno\nowt\n',
    ],
  ])('and %s is read from its beginning', (_, change, expected) => {
    writeFileSync(path, 'one\ntwo\n');
    const { read } = open();
    expect(read()).toBe('one\ntwo\n');
    change();
    expect(read()).toBe(expected);
    appendFileSync(path, '\nlast\n');
    expect(read()).toMatch(/\nlast\n$/);
  });

  it('and is replaced within a line has no part of the old line', () => {
    writeFileSync(path, 'one\nhalf of a li');
    const { read } = open();
    expect(read()).toBe('one\n');
    rmSync(path);
    expect(read()).toBe('');
    writeFileSync(path, 'ne\nnext\n');
    expect(read()).toBe('ne\nnext\n');
  });

  it('and is replaced by the same bytes has nothing new', () => {
    writeFileSync(path, 'one\n');
    const { read } = open();
    read();
    writeFileSync(`${path}.new`, 'one\ntwo\n');
    renameSync(`${path}.new`, path);
    expect(read()).toBe('two\n');
  });
});

describe('a file that cannot be read', () => {
  it.each(
    ['open', 'fstat', 'read'].flatMap((call) =>
      ['EACCES', 'EIO', 'ESTALE', 'EMFILE'].map((code) => [call, code] as const),
    ),
  )('at the moment (%s: %s) is read later', (call, code) => {
    writeFileSync(path, 'one\n');
    const { lines, read } = open();
    expect(read()).toBe('one\n');
    appendFileSync(path, 'two\n');
    disk.refusal = { call, code };
    expect(read()).toBe('');
    expect(lines.behind).toBe(false);
    disk.refusal = undefined;
    expect(read()).toBe('two\n');
  });

  it.each([
    ['a folder', () => mkdirSync(path)],
    ['a loop of links', () => symlinkSync(path, path)],
    ['a pipe without a writer', () => execFileSync('mkfifo', [path])],
  ])('because it is %s has no lines', (_, make) => {
    make();
    expect(open().read()).toBe('');
  });

  it('throws a bug on', () => {
    expect(() => new AppendedLines('a\0b').read()).toThrow('null bytes');
  });
});
