/** The edge of the main process: arguments, signals, terminal, files; wires the engine to the machine. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { main } from './cli/command-line.ts';
import type { Host, OpenProject, ProjectOptions } from './cli/host.ts';
import { chooseBackend } from './nn/backends/choose.ts';
import { type BackendState, detectBackends } from './nn/backends/detect.ts';
import type { BackendName } from './nn/backends/names.ts';
import type { SourceFile } from './runner/document/source.ts';
import type { BadInput } from './runner/engine.ts';
import { ProcessExecutor } from './runner/execution/process-executor.ts';
import type { StageCodes } from './runner/key/stage-code.ts';
import { fail, ok, type Result } from './runner/result.ts';
import { Layout } from './runner/store/layout.ts';
import { stageTypes } from './stages/index.ts';

export interface Build {
  readonly version: string;
  readonly worker: string;
  readonly codes: StageCodes;
}

export async function start(build: Build, dist: string): Promise<void> {
  const abort = new AbortController();
  const executors: ProcessExecutor[] = [];
  const stop = (): void => {
    if (abort.signal.aborted) {
      for (const executor of executors) executor.close();
      process.exit(130);
    }
    process.stderr.write('\nstopping: what runs may write a checkpoint; again to stop at once\n');
    abort.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // A reader that has seen enough (`| head`) closes the pipe; that is no error.
  process.stdout.on('error', (problem: NodeJS.ErrnoException) => {
    if (problem.code !== 'EPIPE') throw problem;
    process.exit(0);
  });
  const host: Host = {
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: process.stdout.isTTY === true && process.stderr.isTTY === true,
    columns: process.stdout.columns ?? 80,
    cores: availableParallelism(),
    signal: abort.signal,
    now: Date.now,
    random: () => randomBytes(2).toString('hex'),
    openProject: (options) => openProject(options, build),
    makeExecutor: () => {
      const executor = new ProcessExecutor(join(dist, build.worker));
      executors.push(executor);
      return executor;
    },
  };
  process.exitCode = await main(process.argv.slice(2), build.version, host);
}

async function openProject(
  { file, backend }: ProjectOptions,
  build: Build,
): Promise<Result<OpenProject, BadInput>> {
  const path = file === undefined ? findAbove('pipeline.yaml') : resolve(file);
  const root = path === undefined ? process.cwd() : dirname(path);
  const layout = new Layout(join(root, 'artifacts'));
  const probeCache = join(layout.root, 'backends.json');
  const libraryPath = process.env.LD_LIBRARY_PATH ?? process.env.DYLD_LIBRARY_PATH ?? '';
  const states = await detectBackends({ node: process.execPath, probeCache, libraryPath });
  const choice = chooseBackend(backend as BackendName | 'auto', states);
  if (!choice.ok) {
    const { message, advice } = choice.error;
    return fail({ diagnostics: [{ severity: 'error', message, suggestion: advice }], sources: [] });
  }
  const { name, version } = choice.value;
  const better = states.slice(
    0,
    states.findIndex((state) => state.name === name),
  );
  const passed = better.map((state) => `${state.name}: ${shortReason(state)}`).join('; ');
  const why = backend !== 'auto' ? ' (as asked)' : passed ? ` (${passed})` : '';
  const notes = [`backend ${name} ${version}${why}`];
  const project = {
    types: stageTypes,
    codes: build.codes,
    facts: { backend: `${name} ${version}` },
    layout,
    readPipeline: () => (path === undefined ? undefined : readSource(path)),
    // A configuration named in the pipeline lies beside it, one of the command line where the person is.
    readConfig: (config: string) =>
      readSource(resolve(config)) ?? readSource(resolve(root, config)),
  };
  return ok({ project, notes, artifacts: relative(process.cwd(), layout.root) || '.' });
}

function shortReason(state: BackendState): string {
  if (state.status === 'available') return 'not taken';
  return state.status === 'does not start' ? state.reason : state.status;
}

function findAbove(name: string): string | undefined {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return join(folder, name);
    if (folder === dirname(folder)) return undefined;
  }
}

function readSource(path: string): SourceFile | undefined {
  try {
    return { path: relative(process.cwd(), path), text: readFileSync(path, 'utf8') };
  } catch {
    return undefined;
  }
}
