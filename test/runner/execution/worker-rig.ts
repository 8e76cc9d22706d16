/** The executor with real processes: the entry of the worker, with stages of the tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Invocation, StageNews } from '../../../src/runner/execution/executor.ts';
import { ProcessExecutor } from '../../../src/runner/execution/process-executor.ts';

const stages = fileURLToPath(new URL('./worker-stages.ts', import.meta.url));

export interface Given extends Partial<Invocation> {
  readonly text?: string;
  readonly signal?: AbortSignal;
  readonly onNews?: (news: StageNews) => void;
}

/** Bundles the worker once, and has a new executor for each test. */
export class WorkerRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'worker-'));
  readonly worker = join(this.folder, 'worker.mjs');
  executor!: ProcessExecutor;
  private attempts = 0;

  constructor() {
    beforeAll(() => this.bundle());
    afterAll(() => rmSync(this.folder, { recursive: true }));
    beforeEach(() => {
      this.executor = new ProcessExecutor(this.worker, process.env);
    });
    afterEach(() => this.executor.close());
  }

  async act(name: string, given: Given = {}) {
    const { text = '', signal = new AbortController().signal, onNews, ...more } = given;
    const news: StageNews[] = [];
    const invocation: Invocation = {
      type: 'act',
      parameters: { act: name, text },
      inputs: { from: [{ files: { 'a.txt': { path: '/somewhere/a', size: 1 } }, single: false }] },
      outputs: { out: '/somewhere/out' },
      scratch: '/somewhere/scratch',
      commandOptions: { passEnv: [], scratch: [] },
      checkpoints: '/somewhere/checkpoints',
      facts: { backend: 'test 1' },
      cores: 1,
      log: this.nextLog(),
      ...more,
    };
    const result = await this.executor.execute(invocation, signal, (one) => {
      news.push(one);
      onNews?.(one);
    });
    const log = news.flatMap((one) => (one.kind === 'log' ? [one.message] : []));
    return { result, news, log };
  }

  async pidOf(given: Given = {}): Promise<number> {
    const { log } = await this.act('echo', given);
    return (JSON.parse(log[0]!) as { pid: number }).pid;
  }

  /** The log of the last stage. */
  get log(): string {
    return join(this.folder, 'logs', `${this.attempts}.log`);
  }

  /** The processes that were started. */
  started(): readonly number[] {
    const { all } = this.executor as unknown as { all: Set<{ child: { pid: number } }> };
    return [...all].map(({ child }) => child.pid);
  }

  private nextLog(): string {
    this.attempts++;
    return this.log;
  }

  private async bundle(): Promise<void> {
    await esbuild.build({
      entryPoints: [fileURLToPath(new URL('../../../src/worker.ts', import.meta.url))],
      outfile: this.worker,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      plugins: [
        {
          name: "the test's stages",
          setup: (build) =>
            build.onResolve({ filter: /stages\/index\.ts$/ }, () => ({ path: stages })),
        },
      ],
    });
  }
}
