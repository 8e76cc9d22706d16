/** The built program in a separate process group, and the events that it reports. */
import { spawn, spawnSync } from 'node:child_process';
import { parseJson } from '../../src/base/json-text.ts';
import { hasCode } from '../../src/base/system-error.ts';
import type { Event, RunFinished } from '../../src/runner/execution/event.ts';

export interface ProgramRun {
  /** Null if it was killed. */
  readonly code: number | null;
  readonly events: readonly Event[];
  readonly finished: RunFinished | undefined;
  readonly output: string;
  readonly errors: string;
  readonly seconds: number;
}

export interface Started {
  readonly ended: Promise<ProgramRun>;
  /** `kill -9` of the whole group. False if it had ended. */
  kill(): boolean;
}

/** How the program is started. */
export interface StartOptions {
  /** A program such as `strace`, with its arguments, that starts it. */
  readonly prefix?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** It is killed if it takes longer. */
  readonly seconds?: number;
}

export function startRun(
  program: string,
  folder: string,
  words: readonly string[],
  around: StartOptions = {},
): Started {
  return startCommand(program, folder, ['run', '--json', ...words], around);
}

/** `program` is `dist/main.js`. */
export function startCommand(
  program: string,
  folder: string,
  words: readonly string[],
  { prefix = [], env = {}, seconds: most }: StartOptions = {},
): Started {
  const began = performance.now();
  const [command, ...all] = [...prefix, process.execPath, program, ...words];
  const child = spawn(command!, all, {
    cwd: folder,
    detached: true,
    env: { ...process.env, ...env },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (text) => {
    output += String(text);
  });
  child.stderr.on('data', (text) => {
    errors += String(text);
  });
  const ended = new Promise<ProgramRun>((resolve) => {
    child.once('close', (code) => {
      const events = output.split('\n').flatMap(parsed);
      const last = events.at(-1);
      const finished = last?.type === 'run-finished' ? last : undefined;
      const seconds = (performance.now() - began) / 1000;
      clearTimeout(timer);
      resolve({ code, events, finished, output, errors, seconds });
    });
  });
  const kill = (): boolean => {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    try {
      return process.kill(-child.pid!, 'SIGKILL');
    } catch (problem) {
      if (hasCode(problem, 'ESRCH')) return false;
      throw problem;
    }
  };
  const timer = most === undefined ? undefined : setTimeout(kill, 1000 * most);
  return { ended, kill };
}

/** Runs another command of the program to its end. Returns its exit code and its messages. */
export function runCommand(
  program: string,
  folder: string,
  words: readonly string[],
): { readonly code: number | null; readonly text: string } {
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], options);
  return { code: status, text: `${stdout}${stderr}`.slice(-500) };
}

/** The digests of the outputs of each stage of a run. */
export function outputsOf({ events }: ProgramRun): Readonly<Record<string, object>> {
  const found: Record<string, object> = {};
  for (const event of events) {
    if (event.type === 'stage-finished' || event.type === 'stage-cached') {
      found[event.stage] = event.outputs;
    }
  }
  return found;
}

/** The last line of a killed run may be incomplete. */
function parsed(line: string): Event[] {
  const event = parseJson(line) as Event | null | undefined;
  return event?.type === undefined ? [] : [event];
}
