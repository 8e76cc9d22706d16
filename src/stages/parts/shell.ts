/**
 * One shell command: its lines to the log, its end as a value; stopped together with all that it started.
 *
 * It runs in a process group of its own, so that Ctrl-C reaches it as a request and not by the way. A
 * watcher in that group ends it when this process dies: it waits at a pipe that only a death closes, and
 * outlives the request to stop, which the command may not heed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import type { StageContext } from '../../runner/graph/stage-type.ts';

export interface ShellOptions {
  /** What runs the script, with its options. */
  readonly interpreter: readonly string[];
  readonly folder: string;
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

/** How long the output of an ended command is read: something that it left running may hold it open. */
const LAST_WORDS_MS = 500;

export async function runShell(
  script: string,
  { interpreter, folder, env, pass, signal }: ShellOptions,
  context: Pick<StageContext<unknown>, 'log' | 'progress' | 'environment'>,
): Promise<ShellEnd> {
  signal.throwIfAborted();
  const child = spawn('/bin/sh', ['-c', WATCHED, 'sh', ...interpreter, script], {
    cwd: folder,
    env: { ...inherited(context.environment, pass), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  // The watcher's pipe breaks when its group is ended.
  child.stdio[3]?.on('error', () => undefined);
  let lastLine = '';
  const tell = (line: string): void => {
    const said = plainly(line);
    if (said !== '') lastLine = said;
    context.log(line);
  };
  const read = Promise.all(
    [child.stdout!, child.stderr!].map((stream) => readLines(stream, tell, context)),
  );
  const stop = (): void => endGroup(child, 'SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const ended = await new Promise<Omit<ShellEnd, 'lastLine'>>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, killedBy) => resolve({ code, signal: killedBy }));
  });
  signal.removeEventListener('abort', stop);
  await Promise.race([read, wait(LAST_WORDS_MS, undefined, { ref: false })]);
  endGroup(child, 'SIGKILL');
  return { ...ended, lastLine };
}

/** The headline of a failure: how it ended, and the last thing that it said. */
export function describeEnd({ code, signal, lastLine }: ShellEnd, script: string): string {
  const first = script.trim().split('\n')[0]!;
  const shown = first.length > 60 ? `${first.slice(0, 57)}...` : first;
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  const said = lastLine.length > 200 ? `${lastLine.slice(0, 197)}...` : lastLine;
  return `\`${shown}\` ${how}${said ? `: ${said}` : ''}`;
}

/** Without colours and other orders to a terminal. */
function plainly(line: string): string {
  return stripVTControlCharacters(line)
    .replace(/\p{Cc}/gu, ' ')
    .trim();
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
  } catch {
    // It is gone already.
  }
}

/** What has no end is told in pieces of about this length. */
const LONGEST_LINE = 16_384;

/** A line that is drawn over and over (a progress bar) is told as progress, and once at its end. */
async function readLines(
  stream: Readable,
  tell: (line: string) => void,
  { progress }: Pick<StageContext<unknown>, 'progress'>,
): Promise<void> {
  let rest = '';
  let told = -1;
  stream.setEncoding('utf8');
  for await (const piece of stream) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    for (const line of lines) tell(withoutReturns(lastDrawn(line)));
    if (rest.includes('\r')) {
      rest = lastDrawn(rest);
      const percent = /(\d{1,3}(?:\.\d+)?)%/.exec(rest);
      const fraction = percent ? Math.min(1, Number(percent[1]) / 100) : told;
      if (fraction !== told) progress({ fraction });
      told = fraction;
    }
    if (rest.length < LONGEST_LINE) continue;
    tell(withoutReturns(rest));
    rest = '';
  }
  if (rest !== '') tell(withoutReturns(lastDrawn(rest)));
}

/** With the returns at its end: what comes next is drawn over it. */
function lastDrawn(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === '\r') end--;
  return end === 0 ? line : line.slice(line.lastIndexOf('\r', end - 1) + 1);
}

function withoutReturns(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === '\r') end--;
  return line.slice(0, end);
}
