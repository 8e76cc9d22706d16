/** A bundle that was submitted: one job of an array, and the orders that this run waits for. */
import { join } from 'node:path';
import type { Result } from '../../../base/result.ts';
import type { AttemptEvent } from '../event.ts';
import type { Failure } from '../failure.ts';
import type { Order } from '../order.ts';
import type { Built, Supervisor } from '../workplace.ts';
import { type StoredSubmission, taskPath } from './order-files.ts';
import { type Job, taskName } from './queue.ts';
import { TaskLogReader } from './task-log.ts';
import type { Grown } from './wants.ts';

/** An order of this run, and who waits for its result. */
export interface Ticket {
  readonly order: Order;
  readonly supervisor: Supervisor;
  readonly settle: (result: Result<Built, Failure>) => void;
  /** For a bug in a listener to events. */
  readonly reject: (problem: unknown) => void;
  /** How often it was sent again, by cause. */
  readonly again: Map<string, number>;
  grown: Grown;
}

export class Task {
  readonly stored: StoredSubmission;
  readonly index: number;
  /** The name by which it is found in the queue. */
  readonly name: string;
  /** It belongs to another run, which may have ended. */
  readonly isForeign: boolean;
  /** What this run waits for, by position in the bundle. */
  readonly tickets = new Map<number, Ticket>();
  readonly reader: TaskLogReader;
  /** The jobs in the last answer of Slurm. */
  jobs: readonly Job[] = [];
  /** When its job started the program, in milliseconds. */
  begunAt: number | undefined;
  left: { readonly progressed: boolean } | undefined;
  /** Since when answers of Slurm have lacked it, in milliseconds. */
  missingSince: number | undefined;

  constructor(stored: StoredSubmission, index: number, isForeign: boolean) {
    this.stored = stored;
    this.index = index;
    this.isForeign = isForeign;
    this.name = taskName(stored.token, index);
    this.reader = new TaskLogReader(taskPath(stored, index));
  }

  /** The position and the ticket that the job works on now, or next. */
  get current(): readonly [number, Ticket] | undefined {
    let first: readonly [number, Ticket] | undefined;
    for (const entry of this.tickets) if (!first || entry[0] < first[0]) first = entry;
    return first;
  }
}

/** The event as the run reports it: the same result may have another name and another log there. */
export function adapted(event: AttemptEvent, { order }: Ticket, from: string): AttemptEvent {
  if (event.type === 'warning') return event;
  const named = { ...event, stage: order.stage.id };
  if (named.type !== 'stage-started' || from === order.run) return named;
  return { ...named, log: join('..', from, named.log) };
}
