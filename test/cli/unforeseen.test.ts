/** Unexpected errors of a command: one line and a fix for a system error, a stack for a bug. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readText } from '../../src/base/read-file.ts';
import { describeUnforeseen } from '../../src/cli/unforeseen.ts';

const root = mkdtempSync(join(tmpdir(), 'unforeseen-'));
const at = (name: string): string => join(root, name);
writeFileSync(at('file'), '');
mkdirSync(at('folder'));
symlinkSync(at('loop'), at('loop'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it.each([
  ['a folder for a file', 'folder', () => readText(at('folder'))],
  ['a missing file', 'absent', () => readFileSync(at('absent'))],
  ['a file for a folder', 'file/x', () => readFileSync(at('file/x'))],
  ['a cycle of links', 'loop', () => readFileSync(at('loop'))],
  ['a file that is in the way', 'file', () => mkdirSync(at('file'))],
])('%s is reported with its path and a fix', (_what, name, act) => {
  let thrown: unknown;
  try {
    act();
  } catch (problem) {
    thrown = problem;
  }
  const { text, code } = describeUnforeseen(thrown, '1.0.0');
  expect(text).toMatch(/^error: can't .* \(E[A-Z]+\)\n {2}help: .*\n$/);
  expect(text).toContain(at(name));
  expect(code).toBe(2);
});

it.each([new TypeError('x is undefined'), new RangeError('Invalid array length'), 'a text'])(
  'a bug has its stack and says where to report it: %s',
  (bug) => {
    const { text, code } = describeUnforeseen(bug, '1.0.0');
    expect(text).toMatch(/^error: this is a bug in the program \(lowrank-pipeline 1\.0\.0\):\n/);
    expect(text).toMatch(/^ {4}at .*unforeseen\.(?:test\.)?ts/m);
    expect(text).toMatch(/\n {2}help: report it to the maintainers/);
    expect(code).toBe(70);
  },
);
