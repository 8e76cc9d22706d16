/**
 * One shell command: its lines to the log, its end as a value; stopped together with all that it started.
 *
 * It runs in a process group of its own, so that Ctrl-C reaches it as a request and not by the way. A
 * watcher in that group ends it when this process dies: it waits at a pipe that only a death closes, and
 * outlives the request to stop, which the command may not heed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { hasCode, isSystemError } from '../../base/system-error.ts';
import { type StageContext, StageError, TOO_FEW } from '../../runner/index.ts';
import { ShellOutput } from './shell-output.ts';

export interface ShellOptions {
  /** What runs the script, with its options. */
  readonly interpreter: readonly string[];
  readonly folder: string;
  /** Where a script is written that is too long for an argument; it is not there yet. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Names of further variables that are handed on. */
  readonly pass: readonly string[];
  readonly signal: AbortSignal;
}

export interface ShellEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly lastLine: string;
}

/** What programs need to find each other; nothing of it should change what they yield. */
const PASSED = new RegExp(
  `^(?:${[
    'PATH|HOME|USER|LOGNAME|SHELL|TERM|TZ|LANG|LANGUAGE|LC_.*',
    'LD_LIBRARY_PATH|DYLD_.*|VIRTUAL_ENV|CONDA_.*|PYENV_.*|NVM_.*',
    'CUDA_VISIBLE_DEVICES|HIP_VISIBLE_DEVICES|ROCR_VISIBLE_DEVICES|NVIDIA_.*',
    'HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|SSL_CERT_.*|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS',
  ].join('|')})$`,
);

/**
 * The watcher is deaf from its first moment: it inherits that. Not every shell takes `--` before the
 * group.
 */
const WATCHED = `trap '' HUP INT QUIT TERM
( read -r _ <&3; kill -9 -$$ ) >/dev/null 2>&1 </dev/null &
trap - HUP INT QUIT TERM
exec "$@" 3<&-`;

/** The system takes 128 KiB as one argument. */
const LONGEST_ARGUMENT = 100_000;

/** How long the output of an ended command is read: something that it left running may hold it open. */
const LAST_WORDS_MS = 500;

export async function runShell(
  script: string,
  { interpreter, folder, file, env, pass, signal }: ShellOptions,
  context: Pick<StageContext<unknown>, 'log' | 'progress' | 'environment'>,
): Promise<ShellEnd> {
  signal.throwIfAborted();
  const child = start([...interpreter, ...scriptWords(script, file)], folder, {
    ...inherited(context.environment, pass),
    ...env,
  });
  // The watcher's pipe breaks when its group is ended.
  child.stdio[3]?.on('error', () => undefined);
  const output = new ShellOutput(context);
  const streams = [child.stdout!, child.stderr!];
  const read = Promise.all(streams.map((stream) => output.read(stream)));
  const stop = (): void => endGroup(child, 'SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const ended = await new Promise<Omit<ShellEnd, 'lastLine'>>((resolve, reject) => {
    child.once('error', (problem) => reject(notStarted(problem)));
    child.once('exit', (code, killedBy) => resolve({ code, signal: killedBy }));
  });
  signal.removeEventListener('abort', stop);
  await Promise.race([read, wait(LAST_WORDS_MS, undefined, { ref: false })]);
  endGroup(child, 'SIGKILL');
  for (const stream of streams) stream.destroy();
  return { ...ended, lastLine: output.lastLine };
}

/** The last words for the interpreter: the script itself, or a file that holds it. */
function scriptWords(script: string, file: string): readonly string[] {
  if (Buffer.byteLength(script) <= LONGEST_ARGUMENT) return ['-c', script];
  writeFileSync(file, script);
  return [file];
}

function start(
  words: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>>,
): ChildProcess {
  try {
    return spawn('/bin/sh', ['-c', WATCHED, 'sh', ...words], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
  } catch (problem) {
    throw notStarted(problem);
  }
}

/** What the system says, where it starts no process; anything else as it is. */
function notStarted(problem: unknown): unknown {
  if (!isSystemError(problem)) return problem;
  const { code, message } = problem;
  const advice =
    code === 'E2BIG'
      ? 'its variables ("env" and those of "passEnv") are too long: a value can have at most 128 kB'
      : code === 'EAGAIN'
        ? TOO_FEW
        : undefined;
  return new StageError(`its command could not be started: ${message}`, advice);
}

/** The headline of a failure: how it ended, and the last thing that it said. */
export function describeEnd({ code, signal, lastLine }: ShellEnd, script: string): string {
  const first = script.trim().split('\n')[0]!;
  const shown = first.length > 60 ? `${first.slice(0, 57)}...` : first;
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  const said = lastLine.length > 200 ? `${lastLine.slice(0, 197)}...` : lastLine;
  return `\`${shown}\` ${how}${said ? `: ${said}` : ''}`;
}

function inherited(
  environment: StageContext<unknown>['environment'],
  pass: readonly string[],
): Record<string, string> {
  const entries = Object.entries(environment).filter(
    ([name, value]) => value !== undefined && (PASSED.test(name) || pass.includes(name)),
  );
  return Object.fromEntries(entries) as Record<string, string>;
}

function endGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (problem) {
    // It is gone already; some systems refuse to signal a group of dead processes.
    if (!hasCode(problem, 'ESRCH', 'EPERM')) throw problem;
  }
}
