import { describe, expect, it } from 'vitest';
import type { Order } from '../../../../src/runner/execution/order.ts';
import { afterLoss } from '../../../../src/runner/execution/slurm/again.ts';
import { type JobFacts, verdictOf } from '../../../../src/runner/execution/slurm/job-end.ts';
import type { Job } from '../../../../src/runner/execution/slurm/queue.ts';
import { Task, type Ticket } from '../../../../src/runner/execution/slurm/task.ts';

const job = (state: string): Job => ({ id: '7_0', state, reason: 'None', node: 'n2' });
const facts: JobFacts = {
  jobs: [],
  missing: false,
  begun: true,
  left: undefined,
  isHeld: () => false,
  printed: () => '',
};

function causeOf(changed: Partial<JobFacts>): string {
  const verdict = verdictOf({ ...facts, ...changed });
  return verdict.kind === 'wait' ? 'wait' : verdict.cause.kind;
}

describe('the end of a job', () => {
  it.each([
    ['NODE_FAIL', 'lost'],
    ['BOOT_FAIL', 'lost'],
    ['PREEMPTED', 'lost'],
    ['TIMEOUT', 'time-limit'],
    ['DEADLINE', 'time-limit'],
    ['OUT_OF_MEMORY', 'out-of-memory'],
    ['CANCELLED', 'cancelled'],
    ['FAILED', 'lost'],
    ['COMPLETED', 'lost'],
    ['PENDING', 'wait'],
    ['RUNNING', 'wait'],
    ['COMPLETING', 'wait'],
    ['SUSPENDED', 'wait'],
    ['REQUEUE_HOLD', 'wait'],
  ])('%s without a result means %s', (state, cause) => {
    expect(causeOf({ jobs: [job(state)] })).toBe(cause);
  });

  it('after a checkpoint is no failure, whatever ended the job', () => {
    const left = { progressed: true };
    for (const state of ['TIMEOUT', 'PREEMPTED', 'NODE_FAIL', 'COMPLETED', 'FAILED']) {
      expect(causeOf({ jobs: [job(state)], left }), state).toBe('left');
    }
    expect(causeOf({ missing: true, left })).toBe('left');
    // Somebody wanted it to end.
    expect(causeOf({ jobs: [job('CANCELLED')], left })).toBe('cancelled');
  });

  it('without a checkpoint is the time limit if the stage was asked to stop', () => {
    const left = { progressed: false };
    expect(causeOf({ jobs: [job('COMPLETED')], left })).toBe('time-limit');
  });

  it('is unknown while Slurm may list it later, and while its stage is being built', () => {
    expect(causeOf({})).toBe('wait');
    expect(causeOf({ missing: true, isHeld: () => true })).toBe('wait');
    expect(causeOf({ missing: true })).toBe('lost');
  });

  it('is not the end if another job has the same token', () => {
    expect(causeOf({ jobs: [job('FAILED'), job('RUNNING')] })).toBe('wait');
  });

  it('concerns the whole bundle if the program could not start', () => {
    const verdict = verdictOf({
      ...facts,
      jobs: [job('FAILED')],
      begun: false,
      printed: () => ': node: not found',
    });
    expect(verdict).toMatchObject({ kind: 'ended', whole: true });
    expect(JSON.stringify(verdict)).toContain('7_0 on n2 could not start the program: node: not');
  });
});

describe('an order whose job has ended', () => {
  const limits = { resources: { memory: 1e9, time: 60 } };
  const ticketOf = (resources = limits.resources as object): Ticket =>
    ({
      order: { limits: { resources } } as unknown as Order,
      again: new Map(),
      grown: {},
    }) as unknown as Ticket;
  const stored = { run: 'r', token: 'r:0', folder: '/none' };
  const task = new Task(stored, 0, false);
  const cause = (kind: 'out-of-memory' | 'time-limit' | 'lost' | 'cancelled') => ({
    kind,
    message: '',
    advice: '',
  });

  it('gets twice the memory or time, twice', () => {
    const ticket = ticketOf();
    expect(afterLoss(ticket, cause('out-of-memory'), task)).toBeUndefined();
    expect(afterLoss(ticket, cause('out-of-memory'), task)).toBeUndefined();
    expect(ticket.grown).toEqual({ memory: 4e9 });
    expect(afterLoss(ticket, cause('time-limit'), task)).toBeUndefined();
    expect(ticket.grown).toEqual({ memory: 4e9, time: 120 });
    expect(afterLoss(ticket, cause('out-of-memory'), task)).toMatchObject({
      kind: 'out-of-memory',
    });
  });

  it('fails if it is not known how much it had', () => {
    expect(afterLoss(ticketOf({}), cause('out-of-memory'), task)).toBeDefined();
    expect(afterLoss(ticketOf({}), cause('time-limit'), task)).toBeDefined();
  });

  it('is sent again without blame if the job was that of another run', () => {
    const foreign = new Task(stored, 0, true);
    expect(afterLoss(ticketOf(), cause('cancelled'), foreign)).toBeUndefined();
    expect(afterLoss(ticketOf(), cause('cancelled'), task)).toBeDefined();
  });
});
