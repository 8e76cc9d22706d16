/** Symbolic links in an output. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/runner/key/digest.ts';
import { measureOutput } from '../../../src/runner/store/capture.ts';
import { CaptureRig } from './capture-rig.ts';

let rig: CaptureRig;
beforeEach(() => {
  rig = new CaptureRig();
});
afterEach(() => rig.remove());

describe('a symbolic link in an output', () => {
  it.each([
    ['to a file next to it', 'last', 'best.ckpt'],
    ['to a file in a folder', 'last', 'deep/er/file'],
    ['to a file above it', 'deep/last', '../best.ckpt'],
    ['out of the output and back in', 'last', '../made/best.ckpt'],
    ['with an absolute path', 'last', '<output>/best.ckpt'],
    ['to another link', 'last', 'other'],
  ])('is stored as the file: %s', (_what, link, target) => {
    rig.write('best.ckpt', 'weights', 0o755);
    rig.write('deep/er/file', 'weights', 0o755);
    symlinkSync('best.ckpt', join(rig.folder, 'other'));
    symlinkSync(target.replace('<output>', rig.folder), join(rig.folder, link));
    const captured = rig.capture();
    if (!captured.ok) throw new Error(captured.error.message);
    const { files } = captured.value.get('out')!.artifact;
    expect(files.find(({ path }) => path === link)).toEqual({
      path: link,
      digest: digestOf('weights'),
      size: 7,
      executable: true,
    });
    expect(files.map(({ path }) => path)).toContain('best.ckpt');
  });

  it('to a folder is stored as its files, including links in it', () => {
    rig.write('epoch=9/model', 'm');
    symlinkSync('model', join(rig.folder, 'epoch=9/best'));
    symlinkSync('epoch=9', join(rig.folder, 'last'));
    symlinkSync('../epoch=9', join(rig.folder, 'epoch=9/../again'));
    rmSync(join(rig.folder, 'again'));
    expect(rig.kept()).toEqual({
      'epoch=9/best': 'm',
      'epoch=9/model': 'm',
      'last/best': 'm',
      'last/model': 'm',
    });
  });

  it.each([
    ['to a file elsewhere', '/etc/hosts', 'which is outside the output'],
    ['to a folder elsewhere', '/', 'which is outside the output'],
    ['to a name that begins like the output', '../made-2/x', 'which is outside the output'],
    ['to nothing', 'nowhere', 'where there is no file'],
    ['to nothing in a file', 'file/x', 'where there is no file'],
    ['to itself', 'link', 'which points to itself'],
    ['to the output', '.', 'a folder that holds the link itself'],
  ])('is refused, with its target: %s', (_what, target, why) => {
    mkdirSync(join(rig.root, 'made-2'));
    writeFileSync(join(rig.root, 'made-2/x'), 'x');
    rig.write('file', 'f');
    symlinkSync(target, join(rig.folder, 'link'));
    expect(rig.refusal()).toBe(`holds the symbolic link "link" to "${target}", ${why}`);
    expect(readFileSync(join(rig.folder, 'file'), 'utf8')).toBe('f');
  });

  it('is refused if two folders contain links to each other', () => {
    rig.write('a/x', 'x');
    rig.write('b/y', 'y');
    symlinkSync('../b', join(rig.folder, 'a/to-b'));
    symlinkSync('../a', join(rig.folder, 'b/to-a'));
    expect(rig.refusal()).toMatch(
      /^holds the symbolic link ".*", a folder that holds the link itself$/,
    );
  });

  it('gives the same name as the files themselves, also if nothing is moved', () => {
    rig.write('x', 'x');
    rig.write('y', 'x');
    const plain = measureOutput(rig.folder, false, rig.store);
    rmSync(join(rig.folder, 'y'));
    symlinkSync('x', join(rig.folder, 'y'));
    expect(measureOutput(rig.folder, false, rig.store)).toEqual(plain);
    const captured = rig.capture();
    expect(captured.ok && captured.value.get('out')!.artifact).toEqual(plain.ok && plain.value);
  });
});
