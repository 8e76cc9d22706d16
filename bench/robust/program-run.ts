/** The built program in a process group of its own, and the events that it tells. */
import { spawn, spawnSync } from 'node:child_process';
import type { Event, RunFinished } from '../../src/runner/execution/event.ts';

export interface ProgramRun {
  /** Null where it was killed. */
  readonly code: number | null;
  readonly events: readonly Event[];
  readonly finished: RunFinished | undefined;
  readonly errors: string;
  readonly seconds: number;
}

export interface Started {
  readonly ended: Promise<ProgramRun>;
  /** `kill -9` of the whole group; false where it had ended. */
  kill(): boolean;
}

/** `program` is `dist/main.js`. */
export function startRun(program: string, folder: string, words: readonly string[]): Started {
  const began = performance.now();
  const all = [program, 'run', '--json', ...words];
  const child = spawn(process.execPath, all, { cwd: folder, detached: true });
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
      resolve({ code, events, finished, errors, seconds });
    });
  });
  const kill = (): boolean => {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    try {
      return process.kill(-child.pid!, 'SIGKILL');
    } catch {
      return false;
    }
  };
  return { ended, kill };
}

/** Another command of the program, to its end: its exit code and what it said of a failure. */
export function runCommand(
  program: string,
  folder: string,
  words: readonly string[],
): { readonly code: number | null; readonly text: string } {
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], options);
  return { code: status, text: `${stdout}${stderr}`.slice(-500) };
}

/** What each stage of a run yielded: names of contents. */
export function outputsOf({ events }: ProgramRun): Readonly<Record<string, object>> {
  const found: Record<string, object> = {};
  for (const event of events) {
    if (event.type === 'stage-finished' || event.type === 'stage-cached') {
      found[event.stage] = event.outputs;
    }
  }
  return found;
}

/** The last line of a killed run may be torn. */
function parsed(line: string): Event[] {
  try {
    return [JSON.parse(line) as Event];
  } catch {
    return [];
  }
}
