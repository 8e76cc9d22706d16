/**
 * Runs one shell command. Writes its lines to the log, returns how it ended, and can stop it together with all
 * processes that it started.
 *
 * It runs in its own process group, and begins when that group is guarded: if this process dies, the group ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { hasCode, isSystemError } from '../../../base/system-error.ts';
import { type StageContext, StageError, TOO_FEW } from '../../../runner/index.ts';
import { guardGroup, releaseGroup } from './command-guard.ts';
import { ShellOutput } from './shell-output.ts';

export interface ShellOptions {
  /** The program that runs the script, with its options. */
  readonly interpreter: readonly string[];
  readonly folder: string;
  /** The path to write a script that is too long for an argument. The file does not exist yet. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Names of further variables to pass on. */
  readonly pass: readonly string[];
  readonly signal: AbortSignal;
}

export interface ShellEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly lastLine: string;
}

/** The variables that programs need to find each other. They should not change results. */
const PASSED = new RegExp(
  `^(?:${[
    'PATH|HOME|USER|LOGNAME|SHELL|TERM|TZ|LANG|LANGUAGE|LC_.*',
    'LD_LIBRARY_PATH|DYLD_.*|VIRTUAL_ENV|CONDA_.*|PYENV_.*|NVM_.*',
    'CUDA_VISIBLE_DEVICES|HIP_VISIBLE_DEVICES|ROCR_VISIBLE_DEVICES|NVIDIA_.*',
    'HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|SSL_CERT_.*|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS',
  ].join('|')})$`,
);

/** Waits for a line. If this process dies before it, there is none. */
const GUARDED = `read -r _ <&3 || exit 1
exec "$@" 3<&-`;

/** Linux limits one argument to 128 KiB. */
const LONGEST_ARGUMENT = 100_000;

/** How long the output of an ended command is still read. A process that it left running may keep the pipe open. */
const LAST_WORDS_MS = 500;

export async function runShell(
  script: string,
  { interpreter, folder, file, env, pass, signal }: ShellOptions,
  context: Pick<StageContext<unknown>, 'log' | 'progress' | 'point' | 'environment'>,
): Promise<ShellEnd> {
  signal.throwIfAborted();
  const child = start([...interpreter, ...scriptWords(script, file)], folder, {
    ...inherited(context.environment, pass),
    ...env,
  });
  const output = new ShellOutput(context);
  const streams = [child.stdout!, child.stderr!];
  const read = Promise.all(streams.map((stream) => output.read(stream)));
  const stop = (): void => endGroup(child, 'SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const exited = new Promise<Omit<ShellEnd, 'lastLine'>>((resolve, reject) => {
    child.once('error', (problem) => reject(notStarted(problem)));
    child.once('exit', (code, killedBy) => resolve({ code, signal: killedBy }));
  });
  await begin(child);
  const ended = await exited;
  signal.removeEventListener('abort', stop);
  await Promise.race([read, wait(LAST_WORDS_MS, undefined, { ref: false })]);
  endGroup(child, 'SIGKILL');
  releaseGroup(child.pid!);
  for (const stream of streams) stream.destroy();
  return { ...ended, lastLine: output.lastLine };
}

/** The last arguments of the interpreter: the script itself, or a file that contains it. */
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
    return spawn('/bin/sh', ['-c', GUARDED, 'sh', ...words], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
  } catch (problem) {
    throw notStarted(problem);
  }
}

async function begin(child: ChildProcess): Promise<void> {
  // Its event says why.
  if (child.pid === undefined) return;
  try {
    await guardGroup(child.pid);
  } catch (problem) {
    endGroup(child, 'SIGKILL');
    throw notStarted(problem);
  }
  // It may have been ended in the meantime.
  (child.stdio[3] as Writable).on('error', () => undefined).end('\n');
}

/** Explains an error of the system at the start of a process; returns any other error unchanged. */
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

/** The headline of a failure: how the command ended, and its last line. */
export function describeEnd({ code, signal, lastLine }: ShellEnd, script: string): string {
  const first = script.trim().split('\n')[0]!;
  const shown = first.length > 60 ? `${first.slice(0, 57)}...` : first;
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  const said = lastLine.length > 200 ? `${lastLine.slice(0, 197)}...` : lastLine;
  return `\`${shown}\` ${how}${said ? `; last line: ${said}` : ''}`;
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
    // The group has ended already. Some systems refuse to signal a group of dead processes.
    if (!hasCode(problem, 'ESRCH', 'EPERM')) throw problem;
  }
}
