/**
 * One shell command: its lines to the log, its end as a value; stopped together with all that it started.
 *
 * It runs in a process group of its own, so that Ctrl-C reaches it as a request and not by the way. A
 * watcher in that group ends it when this process dies: it waits at a pipe that only a death closes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { StageContext } from '../../runner/graph/stage-type.ts';

export interface ShellOptions {
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

const WATCHED = `( read -r _ <&3; kill -9 -- -$$ ) >/dev/null 2>&1 </dev/null &
exec /bin/sh -e -c "$1" 3<&-`;

/** How long the output of an ended command is read: something that it left running may hold it open. */
const LAST_WORDS_MS = 500;

export async function runShell(
  script: string,
  { folder, env, pass, signal }: ShellOptions,
  context: Pick<StageContext<unknown>, 'log' | 'progress' | 'environment'>,
): Promise<ShellEnd> {
  const child = spawn('/bin/sh', ['-c', WATCHED, 'sh', script], {
    cwd: folder,
    env: { ...inherited(context.environment, pass), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  // The watcher's pipe breaks when its group is ended.
  child.stdio[3]?.on('error', () => undefined);
  let lastLine = '';
  const tell = (line: string): void => {
    if (line.trim() !== '') lastLine = line.trim();
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
  return `\`${shown}\` ${how}${lastLine ? `: ${lastLine}` : ''}`;
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

/** A line that is drawn over and over (a progress bar) is told as progress, and once at its end. */
async function readLines(
  stream: Readable,
  tell: (line: string) => void,
  { progress }: Pick<StageContext<unknown>, 'progress'>,
): Promise<void> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const piece of stream) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    for (const line of lines) tell(lastDrawn(line));
    const drawn = lastDrawn(rest);
    const percent = /(\d{1,3})%/.exec(drawn);
    if (percent && rest.includes('\r')) {
      progress({ fraction: Math.min(1, Number(percent[1]) / 100) });
      rest = drawn;
    }
  }
  if (rest !== '') tell(lastDrawn(rest));
}

function lastDrawn(line: string): string {
  const drawn = line.replace(/\r+$/, '').split('\r');
  return drawn.at(-1)!;
}
