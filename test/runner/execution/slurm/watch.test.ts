/** When files are read and Slurm is asked. Time is simulated. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ok } from '../../../../src/base/result.ts';
import { submissionIn, taskPath } from '../../../../src/runner/execution/slurm/order-files.ts';
import { usualPace } from '../../../../src/runner/execution/slurm/pace.ts';
import type { Slurm } from '../../../../src/runner/execution/slurm/slurm.ts';
import { Task, type Ticket } from '../../../../src/runner/execution/slurm/task.ts';
import { Watch } from '../../../../src/runner/execution/slurm/watch.ts';
import { Layout } from '../../../../src/runner/store/layout.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'watch-'));
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true, force: true });
});

const bug = (problem: unknown): never => {
  throw problem;
};

it('asks Slurm soon after news, even if it has begun a long wait', async () => {
  const stored = submissionIn(new Layout(root), 'run', 0);
  mkdirSync(stored.folder, { recursive: true });
  const task = new Task(stored, 0, false);
  task.tickets.set(0, { order: { key: 'k' } } as unknown as Ticket);
  let asked = 0;
  const job = { id: '1_0', state: 'RUNNING', reason: 'None', node: 'n1' };
  const queue = async () => {
    asked++;
    return ok(new Map([[task.name, [job]]]));
  };
  const watch = new Watch({
    slurm: { queue } as Partial<Slurm> as Slurm,
    pace: usualPace,
    clock: () => Date.now(),
    logs: () => root,
    isHeld: () => false,
    onLost: () => undefined,
    onChange: () => undefined,
    onBug: bug,
  });
  watch.add(task);
  await vi.advanceTimersByTimeAsync(1_000_000);
  const before = asked;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(asked - before).toBe(2);
  const stopped = { kind: 'end', at: 0, result: { ok: false, error: { kind: 'stopped' } } };
  appendFileSync(taskPath(stored, 0), `${JSON.stringify(stopped)}\n`);
  await vi.advanceTimersByTimeAsync(usualPace.look[1] + usualPace.ask[0]);
  expect(asked - before).toBe(3);
  watch.close();
});
