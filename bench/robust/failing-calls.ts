/**
 * System calls that fail. In each case, one call of one command returns an error, on a file of the
 * store.
 *
 * The command must end as if nothing had failed, or report the failure in plain words, and must
 * never hang. The next run without an error must have the results of a clean run, and gc, verify
 * and read-only commands must not lose any of them. `strace` makes the calls fail, in the main
 * thread of the program's main process.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { checkObjects, latestFiles } from './leftovers.ts';
import { outputsOf, type ProgramRun, startCommand, startRun } from './program-run.ts';
import { Random } from './random.ts';
import { makeSmallProject } from './small-project.ts';

export interface CallsOptions {
  /** `dist/main.js`. */
  readonly program: string;
  /** The folder for temporary folders. */
  readonly root: string;
  readonly cases: number;
  readonly seed: number;
  readonly say?: (text: string) => unknown;
}

export interface CallsReport {
  /** Why nothing was tried. */
  readonly skipped?: string;
  readonly cases: number;
  /** Cases in which the error hit something other than the store. They are not counted. */
  readonly missed: number;
  readonly byCommand: Readonly<Record<string, number>>;
  readonly byCall: Readonly<Record<string, number>>;
  /** How the commands with an error ended. */
  readonly byExitCode: Readonly<Record<string, number>>;
  /** Empty if everything is right. */
  readonly faults: readonly CallFault[];
}

export interface CallFault {
  readonly command: string;
  readonly code: string;
  /** As strace printed it. */
  readonly call: string;
  readonly what: string;
  readonly said?: string;
}

export async function failCalls(options: CallsOptions): Promise<CallsReport> {
  const counts = { cases: 0, missed: 0, byCommand: {}, byCall: {}, byExitCode: {}, faults: [] };
  if (!hasStrace()) return { skipped: 'there is no strace that may trace here', ...counts };
  const folder = realpathSync(mkdtempSync(join(options.root, 'calls-')));
  try {
    return await new Calls(folder, options).go();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function hasStrace(): boolean {
  return spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
}

interface Command {
  readonly name: string;
  readonly words: readonly string[];
  /** Whether the store has the results of this round and of a previous one. */
  readonly full: boolean;
  /** Whether a run after it finds all results. */
  readonly keepsAll: boolean;
}

const commands: readonly Command[] = [
  { name: 'first run', words: ['run', '--json'], full: false, keepsAll: false },
  { name: 'next run', words: ['run', '--json', '--set', 'round=2'], full: true, keepsAll: true },
  { name: 'run with nothing to do', words: ['run', '--json'], full: true, keepsAll: true },
  { name: 'gc', words: ['gc', '--keep-days', '0'], full: true, keepsAll: true },
  { name: 'verify', words: ['verify'], full: true, keepsAll: true },
  { name: 'log', words: ['log', 'last'], full: true, keepsAll: true },
  { name: 'show', words: ['show', 'last'], full: true, keepsAll: true },
  { name: 'plan', words: ['plan'], full: true, keepsAll: true },
];

/** System calls, and the errors that they may return. */
const errors: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^openat?$/, ['EIO', 'EMFILE', 'EACCES', 'ENOSPC']],
  [/^(read|pread64)$/, ['EIO']],
  [/^(write|pwrite64)$/, ['EIO', 'ENOSPC']],
  [/^rename/, ['EIO', 'EXDEV', 'EACCES', 'ENOSPC']],
  [/^link/, ['EXDEV', 'EPERM', 'EIO']],
  [/^f(data)?sync$/, ['EIO', 'ENOSPC']],
  [/^getdents64$/, ['EIO', 'EACCES']],
  [/^f?chmod/, ['EPERM', 'EIO']],
  [/^(statx|newfstatat)$/, ['EIO', 'EACCES']],
  [/^mkdir/, ['ENOSPC', 'EACCES']],
  [/^(unlink|rmdir)/, ['EIO', 'EPERM']],
];

interface Call {
  readonly command: Command;
  readonly name: string;
  /** The position among the calls of this name. */
  readonly at: number;
}

const SECONDS = 60;

class Calls {
  private readonly folder: string;
  private readonly options: CallsOptions;
  private readonly random: Random;
  private readonly template: string;
  private wanted: Readonly<Record<string, object>> = {};
  private shown: Readonly<Record<string, string>> = {};
  private readonly faults: CallFault[] = [];
  private readonly byCommand: Record<string, number> = {};
  private readonly byCall: Record<string, number> = {};
  private readonly byExitCode: Record<string, number> = {};

  constructor(folder: string, options: CallsOptions) {
    this.folder = folder;
    this.options = options;
    this.random = new Random(options.seed);
    this.template = join(folder, 'template', 'project');
  }

  async go(): Promise<CallsReport> {
    makeSmallProject(this.template);
    for (const words of [['--set', 'round=0'], []]) {
      const run = await startRun(this.options.program, this.template, words).ended;
      if (run.code !== 0) throw new Error(`a clean run failed: ${run.errors}`);
      this.wanted = outputsOf(run);
    }
    this.shown = latestFiles(join(this.template, 'artifacts'));
    const calls = new Map<Command, readonly Call[]>();
    let missed = 0;
    for (let done = 0; done < this.options.cases && missed < 2 * this.options.cases; ) {
      const command = commands[(done + missed) % commands.length]!;
      const known = calls.get(command) ?? (await this.callsOf(command));
      calls.set(command, known);
      const call = this.choose(known);
      if (!(await this.tryCase(call))) missed++;
      else if (++done % 20 === 0) this.options.say?.(`${done} cases, ${this.faults.length} faults`);
    }
    const { byCommand, byCall, byExitCode, faults } = this;
    const cases = Object.values(byCommand).reduce((sum, one) => sum + one, 0);
    return { cases, missed, byCommand, byCall, byExitCode, faults };
  }

  /** A few names have most of the calls, so a name is chosen first. */
  private choose(calls: readonly Call[]): Call {
    const names = [...new Set(calls.map(({ name }) => name))];
    const name = names[this.random.below(names.length)]!;
    const some = calls.filter((call) => call.name === name);
    return some[this.random.below(some.length)]!;
  }

  private async callsOf(command: Command): Promise<readonly Call[]> {
    const { project, log } = this.newProject(command);
    const prefix = ['strace', '-y', '-o', log];
    await startCommand(this.options.program, project, command.words, { prefix }).ended;
    const counts = new Map<string, number>();
    return readFileSync(log, 'utf8')
      .split('\n')
      .flatMap((line): Call[] => {
        const name = /^(\w+)\(/.exec(line)?.[1];
        if (name === undefined || !errors.some(([names]) => names.test(name))) return [];
        const at = (counts.get(name) ?? 0) + 1;
        counts.set(name, at);
        return isOfStore(line) ? [{ command, name, at }] : [];
      });
  }

  /** False if the error hit something else. */
  private async tryCase({ command, name, at }: Call): Promise<boolean> {
    const { program } = this.options;
    const codes = errors.find(([names]) => names.test(name))![1];
    const code = codes[this.random.below(codes.length)]!;
    const { project, log } = this.newProject(command);
    const inject = `inject=${name}:error=${code}:when=${at}`;
    const prefix = ['strace', '-y', '-o', log, '-e', `trace=${name}`, '-e', inject];
    const around = { prefix, seconds: SECONDS };
    const run = await startCommand(program, project, command.words, around).ended;
    const line = readFileSync(log, 'utf8')
      .split('\n')
      .find((one) => one.includes('(INJECTED)'));
    if (line === undefined || !isOfStore(line)) return false;
    const call = line.replaceAll(`${project}/`, '').slice(0, 300);
    const fault = (what: string, said?: string): void => {
      const more = said ? { said: said.replaceAll(`${project}/`, '').slice(0, 1500) } : {};
      this.faults.push({ command: command.name, code, call, what, ...more });
    };
    this.byCommand[command.name] = (this.byCommand[command.name] ?? 0) + 1;
    this.byCall[name] = (this.byCall[name] ?? 0) + 1;
    this.byExitCode[String(run.code)] = (this.byExitCode[String(run.code)] ?? 0) + 1;
    this.judge(run, command, fault);
    await this.judgeNext(project, command, fault);
    rmSync(join(project, '..'), { recursive: true, force: true });
    return true;
  }

  private judge(run: ProgramRun, command: Command, fault: (what: string, said?: string) => void) {
    const said = `${run.errors}${failuresOf(run)}`;
    if (run.seconds >= SECONDS) fault('it hangs', said);
    else if (run.code === null || ![0, 1, 2].includes(run.code)) {
      fault(`it ended with ${run.code}`, said);
    } else if (/^\s+at \S.*[:(]/m.test(said) || /Node\.js v\d|"stack":/.test(said)) {
      fault(`it ended with ${run.code} and a stack trace`, said);
    } else if (run.code !== 0 && said.trim() === '' && run.output.trim() === '') {
      fault(`it ended with ${run.code} without a message`);
    } else if (run.code === 0 && command.words[0] === 'run' && !command.words.includes('--set')) {
      if (!isDeepStrictEqual(outputsOf(run), this.wanted)) {
        fault('it ended with 0 but has other results', said);
      }
    }
  }

  private async judgeNext(
    project: string,
    command: Command,
    fault: (what: string, said?: string) => void,
  ): Promise<void> {
    const next = await startRun(this.options.program, project, [], { seconds: SECONDS }).ended;
    const artifacts = join(project, 'artifacts');
    if (next.code !== 0) {
      fault(`the next run ended with ${next.code}`, `${next.errors}${failuresOf(next)}`);
      return;
    }
    if (!isDeepStrictEqual(outputsOf(next), this.wanted)) fault('the next run has other results');
    if (command.keepsAll && next.finished?.executed !== 0) {
      fault(`results were lost: the next run executed ${next.finished?.executed}`);
    }
    if (!isDeepStrictEqual(latestFiles(artifacts), this.shown)) {
      fault('after the next run latest/ is not as after a clean run');
    }
    for (const digest of checkObjects(artifacts).corrupt) fault(`the object ${digest} is corrupt`);
  }

  private newProject({ full }: Command): { readonly project: string; readonly log: string } {
    const place = mkdtempSync(join(this.folder, 'case-'));
    const project = join(place, 'project');
    const filter = full ? undefined : (path: string): boolean => !path.endsWith('/artifacts');
    cpSync(this.template, project, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
      ...(filter && { filter }),
    });
    mkdirSync(join(project, 'artifacts'), { recursive: true });
    return { project, log: join(place, 'strace.log') };
  }
}

/** Judged by its paths, or by the path of its file as `strace -y` prints it. */
function isOfStore(line: string): boolean {
  return line.includes('/artifacts/');
}

function failuresOf({ events }: ProgramRun): string {
  return events
    .flatMap((event) => ('failure' in event ? [`\n${JSON.stringify(event.failure)}`] : []))
    .join('');
}
