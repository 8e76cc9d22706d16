/** A build makes again only what an edit changes, and the outcome is that of a whole build. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'build-'));

beforeAll(() => {
  for (const name of ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json']) {
    cpSync(name, join(root, name), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  build();
}, 60_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const at = (path: string): string => join(root, path);

/** As the program does where its sources have changed, or `whole`. */
function build(whole = false): void {
  execFileSync(process.execPath, [at('scripts/build.mjs'), ...(whole ? [] : ['--changed'])]);
}

const record = (): string => readFileSync(at('dist/build.json'), 'utf8');

/** The names of the stage types whose digest differs. */
function changedCodes(before: string, after: string): string[] {
  const [one, other] = [before, after].map(
    (text) => (JSON.parse(text) as { codes: Record<string, { digest: string }> }).codes,
  );
  return Object.keys(other!).filter((name) => other![name]!.digest !== one![name]?.digest);
}

function edit(path: string, change: (text: string) => string): void {
  const text = readFileSync(at(path), 'utf8');
  const changed = change(text);
  expect(changed).not.toBe(text);
  writeFileSync(at(path), changed);
}

const insert = (text: string) => (before: string) => `${before}\n${text}\n`;

describe('after an edit', () => {
  it.each<[string, () => void, string[] | undefined]>([
    [
      'of a colour',
      () => edit('src/report/charts/theme.ts', (t) => t.replace('#222222', '#202020')),
      ['report'],
    ],
    ['of a comment', () => edit('src/report/charts/theme.ts', insert('// more')), []],
    [
      'that imports what was there',
      () =>
        edit(
          'src/stages/fold.ts',
          (text) =>
            `${text.replace('load: async () => {', 'load: async () => {\n    await import("../linalg/qr.ts");')}`,
        ),
      ['fold'],
    ],
    [
      'of a file that many share',
      () => edit('src/linalg/qr.ts', insert('console.log(1);')),
      undefined,
    ],
    [
      'that adds a file',
      () => {
        writeFileSync(at('src/report/more.ts'), 'export const more = 1;\n');
        edit(
          'src/report/index.ts',
          insert("import { more } from './more.ts';\nconsole.log(more);"),
        );
      },
      ['report'],
    ],
    ['of the page', () => edit('src/web/page/style.css', insert('a { color: red; }')), []],
    [
      'of what makes digests',
      () => edit('src/runner/key/code-digest.ts', (t) => t.replace("'node20'", "'node22'")),
      undefined,
    ],
  ])('%s', (_what, change, codes) => {
    const before = record();
    change();
    build();
    const quick = record();
    build(true);
    expect(record()).toBe(quick);
    if (codes) expect(changedCodes(before, quick)).toEqual(codes);
    for (const file of (JSON.parse(quick) as { files: string[] }).files) {
      expect(statSync(at(`dist/${file}`)).size).toBeGreaterThan(0);
    }
  });

  it('that does not build leaves the last build as it was', () => {
    const before = record();
    edit('src/report/charts/theme.ts', insert('export const ='));
    expect(build).toThrow();
    expect(record()).toBe(before);
  });

  it('a bundle whose file is gone is made again', () => {
    edit('src/report/charts/theme.ts', (text) => text.replace('export const =', ''));
    build();
    const { page } = JSON.parse(record()) as { page: { script: string } };
    rmSync(at(`dist/${page.script}`));
    build();
    expect(statSync(at(`dist/${page.script}`)).size).toBeGreaterThan(0);
  });
});
