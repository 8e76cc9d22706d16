/** What an output may contain, and that the store keeps exactly what the stage wrote. */
import { once } from 'node:events';
import { existsSync, linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { platform } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/runner/key/digest.ts';
import { CaptureRig, large } from './capture-rig.ts';

let rig: CaptureRig;
beforeEach(() => {
  rig = new CaptureRig();
});
afterEach(() => rig.remove());

describe('a name of a file', () => {
  it.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '__proto__/constructor/x',
    ' ',
    'two words',
    ' led and followed ',
    'a\nb',
    'a\tb',
    '"quoted"',
    "it's",
    'back\\slash',
    '*?[x]',
    '-rf',
    '..x',
    '...',
    '.hidden',
    'caf\u00e9',
    'cafe\u0301',
    '\ufffd',
    '\u202e',
    '日本/語',
    '😀',
    'C:',
    '\x1b[31mred',
    '\x7f',
  ])('is stored unchanged: %j', (path) => {
    rig.write(path, path);
    expect(rig.kept()).toEqual(Object.fromEntries([[path, path]]));
  });

  it('is distinct from another that looks the same', () => {
    rig.write('caf\u00e9', 'one');
    rig.write('cafe\u0301', 'two');
    expect(Object.values(rig.kept()).sort()).toEqual(['one', 'two']);
  });

  it.skipIf(platform() !== 'linux').each([
    [[0xff], '\\xff'],
    [[0x61, 0xe9], 'a\\xe9'],
    [[0xed, 0xa0, 0x80], '\\xed\\xa0\\x80'],
    [[0x1b, 0xc3], '\\x1b\\xc3'],
  ])('that is not UTF-8 is refused and shown as bytes: %j', (bytes, shown) => {
    rig.write('\ufffd', 'a good name');
    rig.write(Buffer.from(bytes), 'x');
    expect(rig.refusal()).toBe(`holds "${shown}", a name that is not UTF-8`);
  });
});

it('empty folders are reported, and a folder with only empty folders is empty', () => {
  rig.write('full/x', 'x');
  mkdirSync(join(rig.folder, 'b/c'), { recursive: true });
  mkdirSync(join(rig.folder, 'a'));
  const captured = rig.capture();
  expect(captured.ok && captured.value.get('out')!.emptyFolders).toEqual(['a', 'b/c']);
});

it('anything but a file or a folder is refused', async () => {
  const server = createServer().listen(join(rig.folder, 'socket'));
  await once(server, 'listening');
  expect(rig.refusal()).toBe('holds "socket", which is neither a file nor a folder');
  server.close();
});

describe.each([
  ['moved', false, 'x'],
  ['copied', true, 'x'],
  ['moved out of reach', true, large],
])('the mode of a file that is %s', (_how, mayOutlive, content) => {
  it.each([
    [0o600, 0o400],
    [0o640, 0o440],
    [0o644, 0o444],
    [0o666, 0o444],
    [0o700, 0o400],
    [0o755, 0o444],
    [0o400, 0o400],
    [0o604, 0o404],
    [0o4755, 0o444],
  ])('%o makes it readable for no more users', (made, stored) => {
    rig.write('x', content, made);
    rig.kept(mayOutlive);
    expect(statSync(rig.store.path(digestOf(content))).mode & 0o7777).toBe(stored);
  });

  it('is the widest of several files with the same bytes', () => {
    rig.write('x', content, 0o600);
    rig.kept(mayOutlive);
    rig.write('x', content, 0o644);
    rig.kept(mayOutlive);
    expect(statSync(rig.store.path(digestOf(content))).mode & 0o777).toBe(0o444);
    rig.write('x', content, 0o600);
    rig.kept(mayOutlive);
    expect(statSync(rig.store.path(digestOf(content))).mode & 0o777).toBe(0o444);
  });
});

it('a file with a second name is copied', () => {
  rig.write('x', large);
  linkSync(join(rig.folder, 'x'), join(rig.root, 'other'));
  rig.kept(true);
  writeFileSync(join(rig.root, 'other'), 'changed');
  expect(digestOf(readFileSync(rig.store.path(digestOf(large))))).toBe(digestOf(large));
});

it('temporary files are removed, whether the outputs were stored or not', () => {
  for (let i = 0; i < 200; i++) rig.write(`${i}`, `${i}`);
  rig.kept(true);
  expect(existsSync(join(rig.root, 'artifacts/store/tmp'))).toBe(true);
  expect(statSync(join(rig.root, 'artifacts/store/tmp')).nlink).toBe(2);
});
