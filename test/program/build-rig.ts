/** Builds of a copy of the sources with few stage types. */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { StageCode } from '../../src/runner/key/stage-code.ts';

/** They do not depend on our sources, and nothing is drawn here. To bundle them takes an eighth of a full build. */
const EMPTY = ['fontkit', 'pdfkit', 'svg-to-pdfkit', 'vega', 'vega-canvas', 'vega-lite'];

/** Stage types with and without heavy packages, two of them with modules in common. */
export const KEPT = ['command', 'decompose', 'download', 'factorize', 'report'];

/**
 * Builds again and again in one process. It digests the text of a file once, which takes most of a build.
 * A process for each build would digest all files each time.
 */
const BUILDER = `
import { build } from './scripts/build.mjs';
process.on('message', async (options) => {
  try {
    await build(options);
    process.send('built');
  } catch (problem) {
    process.send(String(problem.stack));
  }
});
`;

interface Build {
  readonly files: readonly string[];
  readonly codes: Readonly<Record<string, Omit<StageCode, 'files'>>>;
}

/** A copy of the sources, built once before the tests of a file. */
export class BuildRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'build-'));
  private builder!: ChildProcess;

  constructor() {
    beforeAll(() => this.begin());
    afterAll(() => {
      this.builder.kill('SIGKILL');
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  async build(options: { onlyChanged?: boolean } = {}): Promise<void> {
    const answer = once(this.builder, 'message');
    this.builder.send(options);
    expect((await answer)[0]).toBe('built');
  }

  buildAlone(...words: readonly string[]) {
    const all = [join(this.folder, 'scripts/build.mjs'), ...words];
    return spawnSync(process.execPath, all, { encoding: 'utf8' });
  }

  /** Includes the text of the files whose names have no hash. */
  built(): Build {
    const text = (name: string): string => readFileSync(join(this.folder, 'dist', name), 'utf8');
    const record = JSON.parse(text('build.json')) as Build;
    const fixed = { main: text('main.js'), index: text('index.js') };
    return { ...record, ...fixed, files: [...record.files].sort() };
  }

  edit(path: string, change: (text: string) => string): void {
    const file = join(this.folder, path);
    const before = readFileSync(file, 'utf8');
    const after = change(before);
    expect(after).not.toBe(before);
    writeFileSync(file, after);
  }

  private async begin(): Promise<void> {
    for (const name of ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json']) {
      cpSync(name, join(this.folder, name), { recursive: true });
    }
    this.linkPackages();
    this.keepFewStages();
    writeFileSync(join(this.folder, 'builder.mjs'), BUILDER);
    this.builder = fork(join(this.folder, 'builder.mjs'));
    await this.build();
  }

  private linkPackages(): void {
    const packages = join(this.folder, 'node_modules');
    mkdirSync(packages);
    for (const name of readdirSync('node_modules')) {
      if (!EMPTY.includes(name)) symlinkSync(resolve('node_modules', name), join(packages, name));
    }
    for (const name of EMPTY) {
      const file = name === 'vega-canvas' ? 'build/vega-canvas.browser.js' : 'index.js';
      mkdirSync(dirname(join(packages, name, file)), { recursive: true });
      writeFileSync(join(packages, name, file), 'module.exports = {};\n');
    }
  }

  /** Each stage type has its own digest, which is made in the same way. All of them would take most of the time. */
  private keepFewStages(): void {
    const ofKept = (line: string, name: string): string => (KEPT.includes(name) ? line : '');
    this.edit('src/stages/index.ts', (text) =>
      text
        .replace(/^import \{ \w+ \} from '\.\/([\w-]+)\.ts';\n/gm, ofKept)
        .replace(/^ {2}(\w+),\n/gm, ofKept),
    );
    const stages = join(this.folder, 'src/stages');
    for (const name of readdirSync(stages)) {
      if (name.endsWith('.ts') && ![...KEPT, 'index'].includes(name.slice(0, -3)))
        unlinkSync(join(stages, name));
    }
  }
}

/** Without the times and contents of the sources. */
export function withoutInputs(build: Build): object {
  return { ...build, inputs: undefined };
}

/** The stage types whose code changed. */
export function changedCodes(before: Build, after: Build): string[] {
  const inKey = ({ codes }: Build, name: string): string => {
    const { digest, packages } = codes[name]!;
    return JSON.stringify([digest, packages]);
  };
  return Object.keys(after.codes).filter((name) => inKey(after, name) !== inKey(before, name));
}
