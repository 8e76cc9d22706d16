/** The edge of the command line: arguments, signals, terminal. */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { numbersWithin } from './alike.ts';
import { main } from './cli/command-line.ts';
import type { Host } from './cli/host.ts';
import { imageProtocol } from './cli/render/terminal-image.ts';
import { examineBackends } from './examine.ts';
import { filesRead, openFolder, writeText } from './folders.ts';
import { installer } from './installer.ts';
import { backendNames } from './nn/backends/names.ts';
import { type Build, makeExecutor, openProject, openSite, visibleGpus } from './project.ts';
import type { Executor } from './runner/execution/executor.ts';

/** True where the command is to be started anew, by the program as its sources are then. */
export async function start(build: Build, dist: string): Promise<boolean> {
  let again = false;
  const sources = join(dirname(dist), 'src');
  const abort = new AbortController();
  const executors: Executor[] = [];
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
  let listening = false;
  const listen = (): void => {
    if (!listening) for (const signal of signals) process.on(signal, stop);
    listening = true;
  };
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
    images: process.stdout.isTTY === true ? imageProtocol(process.env) : null,
    environment: process.env,
    cores: availableParallelism(),
    memory: totalmem(),
    gpus: visibleGpus,
    backends: backendNames,
    examineBackends: () => examineBackends(build, dist, availableParallelism()),
    numbersWithin,
    installer: installer(() => host.signal),
    // A command that never asks for it has nothing to end in order: a signal ends it at once, also while
    // it computes.
    get signal() {
      listen();
      return abort.signal;
    },
    now: Date.now,
    random: () => randomBytes(2).toString('hex'),
    openSite: (options) => openSite(options, build, dist),
    openProject: (options) => openProject(options, build, dist),
    makeExecutor: () => {
      const executor = makeExecutor(build, dist);
      executors.push(executor);
      return executor;
    },
    filesRead,
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
    openFolder,
    writeText,
  };
  process.exitCode = await main(process.argv.slice(2), build.version, host);
  for (const signal of signals) process.off(signal, stop);
  return again;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function openBrowser(address: string): void {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  spawn(opener, [address], { detached: true, stdio: 'ignore' })
    .on('error', () => undefined)
    .unref();
}
