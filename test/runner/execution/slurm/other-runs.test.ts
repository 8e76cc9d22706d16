/** What other runs have sent, as a run sees it in the store and in the queue. */
import { chownSync, existsSync, mkdirSync, utimesSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Order } from '../../../../src/runner/execution/order.ts';
import {
  ordersPath,
  type StoredSubmission,
  submissionIn,
  writeSubmission,
} from '../../../../src/runner/execution/slurm/order-files.ts';
import { OtherRuns } from '../../../../src/runner/execution/slurm/other-runs.ts';
import { usualPace } from '../../../../src/runner/execution/slurm/pace.ts';
import type { Ticket } from '../../../../src/runner/execution/slurm/task.ts';
import { tryRegisterRun } from '../../../../src/runner/store/live-run.ts';
import { Rig } from '../../rig.ts';
import { FakeSlurm } from './fake-slurm.ts';

const never = new AbortController().signal;
const order = { key: 'k' } as unknown as Order;
const ticket = { order } as unknown as Ticket;

let rig: Rig;
let stored: StoredSubmission;
let others: OtherRuns;

beforeEach(() => {
  rig = new Rig();
  const { layout } = rig;
  stored = submissionIn(layout, 'other', 0);
  const slurm = new FakeSlurm(rig.executor);
  others = new OtherRuns({ run: 'mine', layout, slurm, pace: usualPace }, () => false);
});
afterEach(() => rig.remove());

function write(): void {
  const { root } = rig;
  const site = { run: 'other', artifacts: rig.layout.root, root, entry: 'n', worker: 'w' };
  writeSubmission(stored, { record: 'orders/1', ...site }, [[order]]);
}

describe('the submissions of other runs', () => {
  it('are found even if they were incomplete before', async () => {
    const release = tryRegisterRun(rig.layout, 'run other')!;
    mkdirSync(stored.folder, { recursive: true });
    await others.find(never);
    write();
    await others.find(never);
    expect(others.adopt(ticket)?.stored.token).toBe('other:0');
    release();
  });

  it('are removed if they have neither a run nor jobs', async () => {
    write();
    utimesSync(ordersPath(stored), 1, 1);
    await others.find(never);
    expect(existsSync(stored.folder)).toBe(false);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'are kept if they belong to another user, whose jobs are not listed (needs root)',
    async () => {
      write();
      utimesSync(ordersPath(stored), 1, 1);
      chownSync(ordersPath(stored), 1, 1);
      await others.find(never);
      expect(existsSync(stored.folder)).toBe(true);
    },
  );
});
