import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as esbuild from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestCode } from '../../../src/runner/key/code-digest.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'code-'));
  write('stage.ts', "import { half } from './lib/half.ts';\nexport const run = () => half(8);\n");
  write('lib/half.ts', 'export const half = (n: number) => n / 2;\nexport const unused = 1;\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const lock = {
  packages: {
    'node_modules/matrix': { version: '2.0.0', dependencies: { tiny: '*', '@types/node': '*' } },
    'node_modules/@types/node': { version: '22.0.0' },
    'node_modules/tiny': { version: '1.0.0' },
    'node_modules/matrix/node_modules/tiny': { version: '3.0.0' },
    'node_modules/font': { version: '5.0.0' },
    'node_modules/other': { version: '9.0.0' },
  },
};

const digest = () => digestCode('stage.ts', root, JSON.stringify(lock), esbuild);

describe("a stage's code digest", () => {
  it('does not depend on comments, layout, types or unused exports', async () => {
    const before = await digest();
    write(
      'lib/half.ts',
      '// why\nexport interface Unused { a: 1 }\nexport const unused = 2;\nexport const half = (n: number): number =>\n  n / 2;\n',
    );
    expect((await digest()).digest).toBe(before.digest);
  });

  it('depends on the code that is executed, and names the file', async () => {
    const before = await digest();
    write('lib/half.ts', 'export const half = (n: number) => n / 3;\n');
    const after = await digest();
    expect(after.digest).not.toBe(before.digest);
    const changed = Object.keys(after.files).filter(
      (file) => after.files[file] !== before.files[file],
    );
    expect(changed).toEqual(['lib/half.ts']);
  });

  it('covers dynamic imports', async () => {
    write('stage.ts', "export const run = async () => (await import('./lib/half.ts')).half(8);\n");
    expect(Object.keys((await digest()).files)).toEqual(['lib/half.ts', 'stage.ts']);
  });

  it('has the reachable packages, their dependencies, and those whose files are looked up, without types', async () => {
    write(
      'stage.ts',
      "import { Matrix } from 'matrix/dense';\nexport const run = () => [Matrix, require.resolve('font/font.ttf')];\n",
    );
    expect((await digest()).packages).toEqual({ font: '5.0.0', matrix: '2.0.0', tiny: '3.0.0' });
    write(
      'stage.ts',
      "import { createRequire } from 'node:module';\nexport const run = () => createRequire('/').resolve('font/font.ttf');\n",
    );
    expect((await digest()).packages).toEqual({ font: '5.0.0' });
  });

  it('leaves out a package that is declared to have no effect, and its dependencies', async () => {
    write('stage.ts', "export { Matrix } from 'matrix';\nexport { other } from 'other';\n");
    const lockText = JSON.stringify(lock);
    const { packages } = await digestCode('stage.ts', root, lockText, esbuild, {
      without: ['matrix'],
    });
    expect(packages).toEqual({ other: '9.0.0' });
  });
});
