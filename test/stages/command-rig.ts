/**
 * A project whose commands really run: the engine, the real worker and `/bin/sh`. The bundle contains only the built-in
 * stage type `command`.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { fail, ok } from '../../src/base/result.ts';
import { sourceOf } from '../../src/runner/document/source.ts';
import type { Event, RunFinished } from '../../src/runner/execution/event.ts';
import { describeFailure } from '../../src/runner/execution/failure.ts';
import { ProcessExecutor } from '../../src/runner/execution/process-executor.ts';
import type { Capacities } from '../../src/runner/execution/resource-pool.ts';
import type { StageType } from '../../src/runner/graph/stage-type.ts';
import { execute, type Prepared, type Project, prepare } from '../../src/runner/index.ts';
import { Layout } from '../../src/runner/store/layout.ts';
import { command } from '../../src/stages/command.ts';
import { memory } from '../memory.ts';

/** A list of these stage types only, each in the file of its name. */
function listOf(names: readonly string[]): string {
  const pathOf = (name: string) =>
    fileURLToPath(new URL(`../../src/stages/${name}.ts`, import.meta.url));
  const imports = names.map((name) => `import { ${name} } from ${JSON.stringify(pathOf(name))};`);
  const entries = names.map((name) => `['${name}', ${name}]`);
  return `${imports.join('\n')}\nexport const stageTypes = new Map([${entries.join(', ')}]);`;
}

/** Bundles the worker with these stage types into `folder`, and returns its path. */
export async function buildWorker(
  folder: string,
  names: readonly string[] = ['command'],
): Promise<string> {
  const worker = join(folder, 'worker.mjs');
  await esbuild.build({
    entryPoints: [fileURLToPath(new URL('../../src/worker.ts', import.meta.url))],
    outfile: worker,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    plugins: [
      {
        name: 'these stage types alone',
        setup: (build) => {
          build.onResolve({ filter: /stages\/index\.ts$/ }, () => ({
            path: 'commands',
            namespace: 'commands',
          }));
          build.onLoad({ filter: /.*/, namespace: 'commands' }, () => ({
            contents: listOf(names),
            loader: 'ts',
            resolveDir: '/',
          }));
        },
      },
    ],
  });
  return worker;
}

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly capacities?: Partial<Capacities>;
  readonly signal?: AbortSignal;
  readonly graceMs?: number;
  readonly keepGoing?: boolean;
  readonly onEvent?: (event: Event) => void;
}

export interface CommandOutcome {
  readonly finished: RunFinished;
  readonly events: readonly Event[];
  readonly log: readonly string[];
  /** The message of each stage that failed. */
  readonly failures: Readonly<Record<string, string>>;
}

export class CommandRig {
  readonly root = mkdtempSync(join(memory, 'command-'));
  readonly layout = new Layout(join(this.root, 'artifacts'));
  readonly types = new Map<string, StageType>([['command', command]]);
  private readonly worker: string;
  private runs = 0;

  constructor(worker: string) {
    this.worker = worker;
  }

  write(path: string, content: string | Uint8Array, mode = 0o644): void {
    const full = join(this.root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content, { mode });
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** A file of a stage's newest outputs. */
  latest(path: string): string {
    return this.read(join('artifacts', 'latest', path));
  }

  project(text: string): Project {
    const source = (path: string) => {
      const full = join(this.root, path);
      return existsSync(full) ? sourceOf(path, readFileSync(full)) : undefined;
    };
    return {
      stageTypes: async () => this.types,
      codes: {},
      chooseFacts: () => async () => ok({ facts: {}, notes: [], isNamed: false }),
      layout: this.layout,
      root: this.root,
      environment: {},
      path: 'pipeline.yaml',
      readPipeline: () => ({ path: 'pipeline.yaml', text }),
      readConfig: source,
      pathOf: (path, from) => join(this.root, from === 'the pipeline' ? 'pipeline.yaml' : path),
      loadType: async (path) => fail(`the rig loads no ${path}`),
    };
  }

  /** The errors in a pipeline, one per line: place and message. */
  async diagnostics(text: string): Promise<string[]> {
    const selection = { configs: [], settings: [], targets: [], forced: [] };
    const prepared = await prepare(this.project(text), selection);
    if (prepared.ok) return [];
    return prepared.error.diagnostics.map(
      ({ span, message }) => `${span ? `${span.line}:${span.column}: ` : ''}${message}`,
    );
  }

  async prepared(text: string): Promise<Prepared> {
    const selection = { configs: [], settings: [], targets: [], forced: [] };
    const prepared = await prepare(this.project(text), selection);
    if (!prepared.ok) throw new Error(JSON.stringify(prepared.error.diagnostics, null, 1));
    return prepared.value;
  }

  async run(text: string, options: CommandOptions = {}): Promise<CommandOutcome> {
    const project = this.project(text);
    const selection = { configs: [], settings: [], targets: [], forced: [] };
    const prepared = await prepare(project, selection);
    if (!prepared.ok) throw new Error(JSON.stringify(prepared.error.diagnostics, null, 1));
    const events: Event[] = [];
    const { PATH = '', HOME = '/' } = process.env;
    const executor = new ProcessExecutor(
      this.worker,
      { PATH, HOME, ...options.environment },
      options.graceMs === undefined ? {} : { graceMs: options.graceMs },
    );
    const finished = await execute(project, prepared.value, {
      run: `run-${this.runs++}`,
      capacities: { cpu: 2, network: 4, ...options.capacities },
      keepGoing: options.keepGoing ?? true,
      executor,
      signal: options.signal ?? new AbortController().signal,
      emit: (event) => {
        events.push(event);
        options.onEvent?.(event);
      },
      now: Date.now,
    });
    const failures = events.flatMap((event) =>
      event.type === 'stage-failed'
        ? [[event.stage, describeFailure(event.failure).join('\n')] as const]
        : [],
    );
    const log = events.flatMap((event) => (event.type === 'stage-log' ? [event.message] : []));
    return { finished, events, log, failures: Object.fromEntries(failures) };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Gives each test of a file a rig. All rigs use one worker, which is built once. */
export function eachCommandRig(use: (rig: CommandRig) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'command-worker-'));
  let worker: string;
  let rig: CommandRig;
  beforeAll(async () => {
    worker = await buildWorker(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    rig = new CommandRig(worker);
    use(rig);
  });
  afterEach(() => rig.remove());
}
