/** The built program, and a small project. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach } from 'vitest';

export const program = resolve('dist/main.js');

export const PIPELINE = 'stages:\n  a:\n    run: echo hi > o\n    outputs: [o]\n';

/** A new project for each test. */
export class ProjectRig {
  readonly root = mkdtempSync(join(tmpdir(), 'edges-'));
  folder = '';
  private projects = 0;

  constructor() {
    beforeEach(() => {
      this.folder = join(this.root, String(this.projects++));
      mkdirSync(this.folder);
      writeFileSync(join(this.folder, 'pipeline.yaml'), PIPELINE);
    });
    afterAll(() => rmSync(this.root, { recursive: true, force: true }));
  }

  pipeline(words: readonly string[], options: object = {}) {
    const all = { cwd: this.folder, encoding: 'utf8', ...options } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], all);
    return { code: status, out: stdout, err: stderr };
  }
}
