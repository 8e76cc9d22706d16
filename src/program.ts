/** Connects the command line to the process: arguments, signals and the terminal. */

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { numbersWithin } from './app/alike.ts';
import { openBrowser } from './app/browser.ts';
import type { Build } from './app/build.ts';
import { examineBackends } from './app/examine.ts';
import { makeExecutor } from './app/executor.ts';
import { openFolder, writeText } from './app/folders.ts';
import { installer } from './app/installer.ts';
import { CLOSED_PIPE, OutputEnd } from './app/output-end.ts';
import { openProject, visibleGpus } from './app/project.ts';
import { main } from './cli/command-line.ts';
import { exitCodes, type Host } from './cli/host.ts';
import { Footer, type TerminalSize } from './cli/render/footer.ts';
import { imageProtocol } from './cli/render/terminal-image.ts';
import { fold } from './cli/render/text.ts';
import { describeUnforeseen } from './cli/unforeseen.ts';
import { backendNames } from './nn/backends/names.ts';
import type { Executor } from './runner/index.ts';

/** Resolves with true if the command must be started again with a new build of the program. */
export async function start(build: Build, dist: string): Promise<boolean> {
  let again = false;
  const sources = join(dirname(dist), 'src');
  const abort = new AbortController();
  const cancel = new AbortController();
  const executors: Executor[] = [];
  let stopping = STOPPING;
  const stop = (signal: NodeJS.Signals): void => {
    if (abort.signal.aborted) {
      // A logout may send two other signals. It must not cancel the jobs of a cluster.
      if (signal === 'SIGINT') cancel.abort();
      stopAtOnce(exitCodes.interrupted);
    }
    if (executors.length > 0) {
      // The terminal shows ^C in the line of the cursor.
      const line = host.footer.isOpen ? '' : '\n';
      host.footer.print(`${line}${fold(stopping, host.columns)}\n`);
    } else setTimeout(() => stopAtOnce(exitCodes.interrupted), SOON_MS).unref();
    abort.abort();
  };
  const stopAtOnce = (code: number): never => {
    for (const executor of executors) executor.close();
    host.footer.close();
    process.exit(code);
  };
  const reportUnforeseen = (problem: unknown): number => {
    const { text, code } = describeUnforeseen(problem, build.version);
    process.stderr.write(text);
    return code;
  };
  const onUncaught = (problem: unknown): void => void stopAtOnce(reportUnforeseen(problem));
  process.on('uncaughtException', onUncaught);
  let listening = false;
  const listen = (): void => {
    if (!listening) for (const signal of signals) process.on(signal, stop);
    listening = true;
  };
  // If the reader closes the pipe, a run stops as after Ctrl-C.
  const output = new OutputEnd(process.stdout, () => abort.abort());
  process.stderr.on('error', () => undefined);
  const host: Host = {
    command: [process.execPath, ...process.argv.slice(1)],
    // Throws if the folder was removed, which only a command can report.
    get folder() {
      return process.cwd();
    },
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: process.stdout.isTTY === true && process.stderr.isTTY === true,
    get columns() {
      return terminalSize().columns;
    },
    footer: new Footer(process.stderr, terminalSize),
    images: process.stdout.isTTY === true ? imageProtocol(process.env) : null,
    environment: process.env,
    cores: availableParallelism(),
    memory: totalmem(),
    gpus: visibleGpus,
    backends: backendNames,
    examineBackends: () => examineBackends(build, dist, availableParallelism()),
    numbersWithin,
    installer: installer(() => host.signal),
    // A command that never reads this has nothing to clean up, so a signal ends it immediately, also while it
    // computes.
    get signal() {
      listen();
      return abort.signal;
    },
    cancel: cancel.signal,
    now: Date.now,
    random: () => randomBytes(2).toString('hex'),
    openProject: (options) => openProject(options, build, dist),
    makeExecutor: (isOnCluster = false) => {
      if (isOnCluster) stopping = LEAVING;
      const executor = makeExecutor(build, dist);
      executors.push(executor);
      return executor;
    },
    ownSources: existsSync(sources) ? sources : undefined,
    beginAgain: () => {
      again = true;
    },
    page: () => ({
      script: readFileSync(join(dist, build.page.script), 'utf8'),
      style: readFileSync(join(dist, build.page.style), 'utf8'),
    }),
    token: () => randomBytes(24).toString('base64url'),
    openBrowser,
    describeOnnx: async (path) => (await import('./app/model-file.ts')).describeOnnx(path),
    faultOfImages: async (path) => (await import('./app/images-at.ts')).faultOfImages(path),
    packageText: (path) => readFileSync(join(dirname(dist), path), 'utf8'),
    openFolder,
    writeText,
  };
  let code = await main(process.argv.slice(2), build.version, host).catch(reportUnforeseen);
  const unwritten = await output.written();
  if (output.isClosed) {
    const isWhole = code === exitCodes.done;
    if (isWhole || (code === exitCodes.interrupted && executors.length === 0)) code = CLOSED_PIPE;
  } else if (unwritten !== undefined) {
    process.stderr.write(`error: standard output can't be written: ${unwritten}\n`);
    if (code === exitCodes.done) code = exitCodes.failed;
  }
  process.exitCode = code;
  process.off('uncaughtException', onUncaught);
  for (const signal of signals) process.off(signal, stop);
  return again;
}

const STOPPING =
  'stopping; running stages may write a checkpoint; press Ctrl-C again to stop immediately';
/** The run says how many jobs continue. */
const LEAVING = 'stopping; jobs of the cluster continue; press Ctrl-C again to cancel them';

/** Files and pipes have no width, so no line is cut. */
function terminalSize(): TerminalSize {
  const { columns = Number.POSITIVE_INFINITY, rows = Number.POSITIVE_INFINITY } = process.stdout;
  return { columns, rows };
}

/** A command that runs no stages has ended by then, or loses nothing. */
const SOON_MS = 2000;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
