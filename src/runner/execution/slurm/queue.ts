/** Reads the queue as `squeue` prints it. */
import { addTo } from '../../../base/add-to.ts';

/** Job, state, comment, reason, node. This text is much smaller than JSON, and old versions of Slurm print it too. */
export const QUEUE_FORMAT = '%i|%T|%k|%r|%N';

export interface Job {
  /** `1568_4`. Slurm may give it to another job after a crash of its controller. */
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly node: string;
}

/** The jobs of each task, by its name. Usually one. */
export type Queue = ReadonlyMap<string, readonly Job[]>;

/** A submission is identified by its token, the comment of its jobs, because ids are not reliable. */
export function tokenOf(run: string, submission: number): string {
  return `${run}:${submission}`;
}

export function isOfRun(task: string, run: string): boolean {
  return task.startsWith(`${run}:`);
}

/** One job of the array of a submission. */
export function taskName(token: string, index: number): string {
  return `${token}_${index}`;
}

/** Lines of other forms are jobs of other programs. */
export function readQueue(text: string): Queue {
  const queue = new Map<string, Job[]>();
  for (const line of text.split('\n')) {
    // A comment may contain any character.
    const [, id, index, state, comment, reason, node] =
      /^(\d+_(\d+))\|([A-Z_]+)\|(.*)\|([^|]*)\|([^|]*)$/.exec(line) ?? [];
    if (id === undefined) continue;
    const name = taskName(comment!, Number(index));
    const job: Job = { id, state: state!, reason: reason!, node: node! };
    addTo(queue, name, job);
  }
  return queue;
}

/** The states of a job that waits, runs, or will run again. */
const OUT: ReadonlySet<string> = new Set([
  'PENDING',
  'CONFIGURING',
  'RUNNING',
  'COMPLETING',
  'SUSPENDED',
  'STOPPED',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'RESIZING',
  'RESV_DEL_HOLD',
  'SIGNALING',
  'SPECIAL_EXIT',
  'STAGE_OUT',
]);

export function isOut({ state }: Job): boolean {
  return OUT.has(state);
}

export function isWaiting({ state }: Job): boolean {
  return state === 'PENDING';
}

/** Reasons that every waiting job has for a while. They need no attention. */
const USUAL: ReadonlySet<string> = new Set([
  'None',
  'Priority',
  'Resources',
  'BeginTime',
  'JobArrayTaskLimit',
  'Cleaning',
  'Prolog',
]);

/** Why the job may wait for long, in the words of Slurm. */
export function unusualReason(job: Job): string | undefined {
  return isWaiting(job) && !USUAL.has(job.reason) ? job.reason : undefined;
}

/** Nodes that get no jobs, for one reason. */
export interface OutNodes {
  /** As Slurm writes them: `n[1-3]`. */
  readonly nodes: string;
  readonly reason: string;
}

export const OUT_FORMAT = '%N|%E';

/** Reads the list of `sinfo -R`. */
export function readOutNodes(text: string): readonly OutNodes[] {
  return text.split('\n').flatMap((line) => {
    const [, nodes, reason] = /^([^|]+)\|(.*)$/.exec(line) ?? [];
    return nodes === undefined ? [] : [{ nodes, reason: reason!.trim() }];
  });
}

/** Slurm waits two minutes before it starts a requeued job again. Its owner may start it at once. */
export function waitsAfterRequeue({ state, reason }: Job): boolean {
  return state === 'PENDING' && reason === 'BeginTime';
}

/** Slurm holds a job back if a node could not start it. */
export function isHeldAfterLaunch({ state, reason }: Job): boolean {
  return state === 'PENDING' && /launch failed/i.test(reason);
}
