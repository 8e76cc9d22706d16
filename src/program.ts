/** The edge of the main process: arguments, signals, terminal, files; wires the engine to the machine. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, utimes, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { main } from './cli/command-line.ts';
import type { Host, OpenProject, ProjectOptions } from './cli/host.ts';
import type { ProjectFolder } from './dvc/project-folder.ts';
import { chooseBackend } from './nn/backends/choose.ts';
import { type BackendState, detectBackends } from './nn/backends/detect.ts';
import { type BackendName, backendNames } from './nn/backends/names.ts';
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
  /** All files of the build but the launcher. */
  readonly files: readonly string[];
  readonly codes: StageCodes;
}

export async function start(build: Build, dist: string): Promise<void> {
  const abort = new AbortController();
  const executors: ProcessExecutor[] = [];
  const stop = (): void => {
    if (abort.signal.aborted) {
      for (const executor of executors) executor.close();
      // The live display hid the cursor and the wrapping of lines, and gets no chance to undo it.
      if (host.interactive) process.stderr.write('\x1b[?25h\x1b[?7h\n');
      process.exit(130);
    }
    process.stderr.write('\nstopping: what runs may write a checkpoint; again to stop at once\n');
    abort.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  // A reader that has seen enough (`| head`) closes the pipe. That is no error, but a run that nobody
  // reads stops as by Ctrl-C, and its exit code says that it was not whole.
  process.stdout.on('error', () => abort.abort());
  process.stderr.on('error', () => undefined);
  const host: Host = {
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: process.stdout.isTTY === true && process.stderr.isTTY === true,
    // A file or a pipe has no width: nothing is cut for it.
    columns: process.stdout.columns ?? Number.POSITIVE_INFINITY,
    cores: availableParallelism(),
    backends: backendNames,
    signal: abort.signal,
    now: Date.now,
    random: () => randomBytes(2).toString('hex'),
    openProject: (options) => openProject(options, build),
    makeExecutor: () => {
      keepFiles(build, dist);
      const executor = new ProcessExecutor(join(dist, build.worker), process.env);
      executors.push(executor);
      return executor;
    },
    openFolder,
    writeText,
  };
  process.exitCode = await main(process.argv.slice(2), build.version, host);
}

/** A later build takes away files that nobody has touched for days: a long run is somebody. */
function keepFiles({ files }: Build, dist: string): void {
  const touch = (): void => {
    const now = new Date();
    for (const file of files) utimes(join(dist, file), now, now, () => undefined);
  };
  touch();
  setInterval(touch, 3_600_000).unref();
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
    root,
    environment: process.env,
    path: file ?? 'pipeline.yaml, here or above',
    readPipeline: () => (path === undefined ? undefined : readSource(path)),
    // A configuration named in the pipeline lies beside it, one of the command line where the person is.
    readConfig: (config: string, from: 'pipeline' | 'command line') =>
      readSource(from === 'pipeline' ? resolve(root, config) : resolve(config)),
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

function openFolder(root: string): ProjectFolder {
  const at = (path: string): string => join(resolve(root), path);
  return {
    read: (path) => readSource(at(path)),
    kind: (path) => {
      const found = statSync(at(path), { throwIfNoEntry: false });
      return found?.isFile() ? 'file' : found?.isDirectory() ? 'folder' : undefined;
    },
    list: (path) => (existsSync(at(path)) ? readdirSync(at(path)).sort() : []),
  };
}

function writeText(path: string, text: string, over: 'nothing' | 'anything'): string | undefined {
  try {
    // Exclusive, so that a file that appears meanwhile is not lost either.
    writeFileSync(path, text, { flag: over === 'nothing' ? 'wx' : 'w' });
    return undefined;
  } catch (problem) {
    const { code, message } = problem as NodeJS.ErrnoException;
    return code === 'EEXIST' ? 'is there already' : `can't be written: ${message}`;
  }
}

function readSource(path: string): SourceFile | undefined {
  try {
    return { path: relative(process.cwd(), path), text: readFileSync(path, 'utf8') };
  } catch {
    return undefined;
  }
}
