/** A build of what changed is, to the byte, the build of everything. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StageCode } from '../../src/runner/key/stage-code.ts';

const folder = mkdtempSync(join(tmpdir(), 'build-'));

beforeAll(() => {
  for (const name of ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json']) {
    cpSync(name, join(folder, name), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  expect(build().status).toBe(0);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function build(...words: readonly string[]) {
  const all = [join(folder, 'scripts/build.mjs'), ...words];
  return spawnSync(process.execPath, all, { encoding: 'utf8' });
}

interface Build {
  readonly files: readonly string[];
  readonly codes: Readonly<Record<string, StageCode>>;
}

/** With the text of the files whose names tell no contents. */
function built(): Build {
  const text = (name: string): string => readFileSync(join(folder, 'dist', name), 'utf8');
  const record = JSON.parse(text('build.json')) as Build;
  const fixed = { main: text('main.js'), index: text('index.js') };
  return { ...record, ...fixed, files: [...record.files].sort() };
}

function edit(path: string, change: (text: string) => string): void {
  const file = join(folder, path);
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(file, after);
}

/** The stage types whose code is another. */
function changedCodes(before: Build, after: Build): string[] {
  const inKey = ({ codes }: Build, name: string): string => {
    const { digest, packages } = codes[name]!;
    return JSON.stringify([digest, packages]);
  };
  return Object.keys(after.codes).filter((name) => inKey(after, name) !== inKey(before, name));
}

const REMARK = '// A remark.\n';

it.each<[string, () => void, readonly string[] | 'any']>([
  ['nothing', () => undefined, []],
  [
    'a colour',
    () => edit('src/report/charts/theme.ts', (text) => text.replace("'#222222'", "'#222288'")),
    ['report'],
  ],
  ['a remark', () => edit('src/linalg/rank.ts', (text) => text + REMARK), []],
  [
    'a module that several stages share',
    () => edit('src/linalg/rank.ts', (text) => text.replaceAll('Math.max(', 'Math.max(0, ')),
    'any',
  ],
  [
    'a new file, imported',
    () => {
      writeFileSync(join(folder, 'src/report/paper.ts'), "export const PAPER = 'ivory';\n");
      edit('src/report/charts/theme.ts', (text) =>
        `import { PAPER } from '../paper.ts';\n${text}`.replace("'white'", 'PAPER'),
      );
    },
    ['report'],
  ],
  [
    'an import moved to another file',
    () => {
      edit('src/report/charts/theme.ts', (text) => text.replace('../paper.ts', './font.ts'));
      edit('src/report/charts/font.ts', (text) => `${text}export const PAPER = 'snow';\n`);
    },
    ['report'],
  ],
  ['a file removed', () => unlinkSync(join(folder, 'src/report/paper.ts')), []],
  ['the page', () => edit('src/web/page/style.css', (text) => `${text}p{color:red}`), []],
  ['the launcher', () => edit('src/main.ts', (text) => text.replace('300', '301')), []],
  [
    'the way digests are made',
    () => edit('src/runner/key/digest.ts', (text) => text.replaceAll("'sha256'", "'sha512-256'")),
    'any',
  ],
  [
    'a version in the lock file',
    () => edit('package-lock.json', (text) => text.replaceAll('"6.4.0"', '"6.4.9"')),
    ['report'],
  ],
])(
  'after a change of %s',
  (_, change, expected) => {
    const before = built();
    change();
    expect(build('--changed').stderr).toBe('');
    const changed = built();
    const codes = changedCodes(before, changed);
    if (expected === 'any') expect(codes).not.toEqual([]);
    else expect(codes).toEqual(expected);
    expect(build().status).toBe(0);
    expect(changed).toEqual(built());
  },
  60_000,
);

it('after sources that could not be built', () => {
  const last = built();
  edit('src/report/charts/theme.ts', (text) => `${text}}`);
  const { status, stderr } = build('--changed');
  expect(status).toBe(1);
  expect(stderr).toContain('src/report/charts/theme.ts');
  expect(built()).toEqual(last);
  edit('src/report/charts/theme.ts', (text) => text.slice(0, -1));
  expect(build('--changed').status).toBe(0);
  const changed = built();
  expect(build().status).toBe(0);
  expect(changed).toEqual(built());
}, 60_000);
