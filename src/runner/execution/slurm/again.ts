/** Whether an order is sent again after its job ended without a result. */
import type { Failure } from '../failure.ts';
import type { Cause } from './job-end.ts';
import type { Task, Ticket } from './task.ts';

/** How often an order is sent again, by cause. This does not count as a retry of the stage. */
const LIMITS: Readonly<Record<Cause['kind'], number>> = {
  // Each attempt begins at the checkpoint of the last one.
  left: 100,
  unstarted: Number.POSITIVE_INFINITY,
  lost: 3,
  'time-limit': 2,
  'out-of-memory': 2,
  cancelled: 0,
  rejected: 0,
};

/** What a second attempt gets of what the first one had too little of. */
const GROWTH = 2;

/** The failure of the order. Undefined if it is sent again. */
export function afterLoss(ticket: Ticket, cause: Cause, task: Task): Failure | undefined {
  // The user may have cancelled the jobs of an earlier run, and now wants the result.
  if (task.isForeign) return undefined;
  const { kind } = cause;
  const count = (ticket.again.get(kind) ?? 0) + 1;
  ticket.again.set(kind, count);
  if (kind === 'out-of-memory') {
    const memory = ticket.grown.memory ?? ticket.order.limits.resources.memory;
    if (memory === undefined) return cause as Failure;
    if (count <= LIMITS[kind]) ticket.grown = { ...ticket.grown, memory: memory * GROWTH };
  }
  if (kind === 'time-limit') {
    const { begunAt } = task;
    const ran = begunAt === undefined ? undefined : (performance.now() - begunAt) / 1000;
    const time = ticket.grown.time ?? ticket.order.limits.resources.time ?? ran;
    if (time === undefined) return cause as Failure;
    ticket.grown = { ...ticket.grown, time: time * GROWTH };
  }
  if (count <= LIMITS[kind]) return undefined;
  return kind === 'left' ? ENDLESS : (cause as Failure);
}

const ENDLESS: Failure = {
  kind: 'time-limit',
  message: `it did not end in ${LIMITS.left} jobs`,
  advice: 'set more "time" in its "resources"',
};
