/** The commands of Slurm. Only this file calls them. */
import { spawn, spawnSync } from 'node:child_process';
import { fail, ok, type Result } from '../../../base/result.ts';
import { hasCode, isSystemError, type SystemError } from '../../../base/system-error.ts';
import { pause } from '../timer.ts';
import {
  isOut,
  OUT_FORMAT,
  type OutNodes,
  QUEUE_FORMAT,
  type Queue,
  readOutNodes,
  readQueue,
} from './queue.ts';
import { absent } from './why-no-cluster.ts';

export interface Slurm {
  /**
   * Submits an array. Waits as long as Slurm can't be reached, and looks for `token` in the queue
   * before it submits again. Fails with the words of Slurm, or with 'stopped'.
   */
  submit(submitted: Submitted, signal: AbortSignal): Promise<Result<void, Refusal>>;
  /** The jobs of this user. */
  queue(): Promise<Result<Queue, Unanswered>>;
  /** Cancels the tasks with these names that wait or run. */
  cancel(isMeant: (name: string) => boolean): Promise<void>;
  /** The same, before this process ends. Returns how many there were, or fails with the words of Slurm. */
  cancelNow(isMeant: (name: string) => boolean): Result<number, string>;
  /** Lets a requeued job start now. */
  startNow(id: string): Promise<void>;
  /** Lets a job start that was held back because a node could not start it. */
  release(id: string): Promise<void>;
  /** The nodes of the job's partition that get no jobs. Empty if Slurm can't be reached. */
  nodesOut(id: string): Promise<readonly OutNodes[]>;
}

export interface Submitted {
  readonly token: string;
  readonly args: readonly string[];
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
}

export type Refusal =
  | { readonly kind: 'refused'; readonly message: string }
  /** The command does not exist. */
  | { readonly kind: 'absent'; readonly message: string }
  | { readonly kind: 'stopped' };

/** 'absent': there is no such command. 'unreachable': it may answer later. */
export type Unanswered = 'absent' | 'unreachable';

/** Slurm can't be reached, or is busy. Whether it has done what it was asked is not known. */
const UNREACHABLE =
  /unable to contact|socket timed out|connection (?:refused|timed out|reset)|zero bytes|temporarily unable|communication connection failure|resource temporarily unavailable|can't find an address|unable to establish/i;

/** The user has as many jobs as the site allows. */
const TOO_MANY = /MaxSubmitJob|MaxSubmitPU|MaxSubmitPA|job submit limit reached/i;

/** A frozen controller answers nobody. */
const PATIENCE_MS = 60_000;

const LONGEST_WAIT_MS = 60_000;

/** A user who presses Ctrl-C again does not wait longer. */
const NOW_MS = 10_000;

/** All jobs of this user, one line per job of an array. Ended jobs are included for some minutes. */
const QUESTION = ['--me', '-h', '-r', '-t', 'all', '-o', QUEUE_FORMAT];

interface Answer {
  /** Null if the command was ended after it took too long. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SlurmOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly warn: (message: string) => void;
  /** The first wait after Slurm could not be reached. Each later one is twice as long. */
  readonly firstWaitMs?: number;
}

export class SlurmCommands implements Slurm {
  private readonly environment: Readonly<Record<string, string>>;
  private readonly warn: (message: string) => void;
  private readonly firstWaitMs: number;
  /** Problems that have not ended since their warning. */
  private readonly warned = new Set<string>();

  constructor({ environment, warn, firstWaitMs = 1000 }: SlurmOptions) {
    this.environment = environment;
    this.warn = warn;
    this.firstWaitMs = firstWaitMs;
  }

  async submit(submitted: Submitted, signal: AbortSignal): Promise<Result<void, Refusal>> {
    const { token, args, script, environment } = submitted;
    let wait = this.firstWaitMs;
    for (;;) {
      const answer = await this.call('sbatch', args, { script, environment });
      if (answer === undefined) return fail({ kind: 'absent', message: absent('sbatch') });
      const { status, stderr } = answer;
      if (status === 0) {
        this.warned.clear();
        return ok(undefined);
      }
      const unknown = status === null || UNREACHABLE.test(stderr);
      if (!unknown && !TOO_MANY.test(stderr)) {
        return fail({ kind: 'refused', message: wordsOf(stderr) || `sbatch: exit code ${status}` });
      }
      this.warnOnce(unknown ? UNANSWERED : `Slurm accepts no more jobs now: ${wordsOf(stderr)}`);
      // Slurm may have the jobs although the command failed, so they are looked for first.
      let queue: Result<Queue, Unanswered>;
      do {
        await pause(wait, signal);
        if (signal.aborted) return fail({ kind: 'stopped' });
        wait = Math.min(2 * wait, LONGEST_WAIT_MS);
        queue = await this.queue();
      } while (!queue.ok);
      if (has(queue.value, token)) return ok(undefined);
    }
  }

  async queue(): Promise<Result<Queue, Unanswered>> {
    const answer = await this.call('squeue', QUESTION);
    if (answer?.status !== 0) {
      this.warnOnce(unansweredBy(answer));
      return fail(answer ? 'unreachable' : 'absent');
    }
    this.warned.delete(UNANSWERED);
    return ok(readQueue(answer.stdout));
  }

  async cancel(isMeant: (name: string) => boolean): Promise<void> {
    const queue = await this.queue();
    const ids = queue.ok ? idsOf(queue.value, isMeant) : [];
    if (ids.length > 0) await this.call('scancel', ids);
  }

  cancelNow(isMeant: (name: string) => boolean): Result<number, string> {
    const asked = this.callNow('squeue', QUESTION);
    if (!asked.ok) return asked;
    const ids = idsOf(readQueue(asked.value), isMeant);
    const cancelled = ids.length > 0 ? this.callNow('scancel', ids) : asked;
    return cancelled.ok ? ok(ids.length) : cancelled;
  }

  async startNow(id: string): Promise<void> {
    await this.call('scontrol', ['update', `jobid=${id}`, 'StartTime=now']);
  }

  async release(id: string): Promise<void> {
    await this.call('scontrol', ['release', id]);
  }

  async nodesOut(id: string): Promise<readonly OutNodes[]> {
    const asked = await this.call('squeue', ['-h', '-j', id, '-o', '%P']);
    const partition = asked?.stdout.split('\n')[0];
    if (!partition) return [];
    const answer = await this.call('sinfo', ['-R', '-h', '-p', partition, '-o', OUT_FORMAT]);
    return readOutNodes(answer?.stdout ?? '');
  }

  /** Returns what the command printed. */
  private callNow(command: string, args: readonly string[]): Result<string, string> {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      env: this.environment,
      timeout: NOW_MS,
      encoding: 'utf8',
      // The queue of a large array is longer than the default.
      maxBuffer: Number.POSITIVE_INFINITY,
    });
    if (status === 0) return ok(stdout);
    return fail(error?.message ?? (wordsOf(stderr) || `${command}: exit code ${status}`));
  }

  private warnOnce(message: string): void {
    if (!this.warned.has(message)) this.warn(message);
    this.warned.add(message);
  }

  /** Undefined if the command does not exist. */
  private async call(
    command: string,
    args: readonly string[],
    { script = '', environment = this.environment }: Partial<Submitted> = {},
  ): Promise<Answer | undefined> {
    try {
      return await answerOf(command, args, script, environment);
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      return hasCode(problem, 'ENOENT', 'EACCES') ? undefined : unstarted(problem);
    }
  }
}

/** Rejects if the command can't be started: Node throws some of these errors, and reports the others. */
function answerOf(
  command: string,
  args: readonly string[],
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, timeout: PATIENCE_MS, killSignal: 'SIGKILL' });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
    // The command may end before it has read the script.
    child.stdin.on('error', (problem) => {
      if (!hasCode(problem, 'EPIPE', 'ECONNRESET')) reject(problem);
    });
    child.stdin.end(script);
  });
}

/** If there are too many processes or files, there may be fewer later. */
function unstarted(problem: SystemError): Answer {
  const isBusy = hasCode(problem, 'EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE');
  return { status: isBusy ? null : 1, stdout: '', stderr: problem.message };
}

/** Ids are used at once, because Slurm may give them to other jobs. */
function idsOf(queue: Queue, isMeant: (name: string) => boolean): readonly string[] {
  const jobs = [...queue].filter(([name]) => isMeant(name));
  return jobs.flatMap(([, all]) => all.filter(isOut).map(({ id }) => id));
}

const UNANSWERED = 'Slurm does not answer; waiting until it does';
const NO_SQUEUE = `${absent('squeue')}: results are taken as before, but a job that fails without a report is not noticed`;

function unansweredBy(answer: Answer | undefined): string {
  if (!answer) return NO_SQUEUE;
  const isUnreachable = answer.status === null || UNREACHABLE.test(answer.stderr);
  return isUnreachable ? UNANSWERED : `squeue failed: ${wordsOf(answer.stderr)}`;
}

function has(queue: Queue, token: string): boolean {
  return [...queue.keys()].some((name) => name.startsWith(`${token}_`));
}

/** The lines of an error without the name of the command. */
function wordsOf(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^\w+: (?:error: )?/, '').trim());
  return lines.filter((line) => line !== '').join('; ');
}
