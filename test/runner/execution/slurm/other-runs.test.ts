/** What other runs have sent, as a run sees it in the store and in the queue. */
import { chownSync, existsSync, mkdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Event } from '../../../../src/runner/execution/event.ts';
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
import { defaultProfile } from '../../../../src/runner/project/find-profile.ts';
import { tryRegisterRun } from '../../../../src/runner/store/live-run.ts';
import { Rig } from '../../rig.ts';
import { FakeSlurm } from './fake-slurm.ts';

const never = new AbortController().signal;
const order = { key: 'k' } as unknown as Order;
const ticket = { order } as unknown as Ticket;

let rig: Rig;
let stored: StoredSubmission;
let others: OtherRuns;
let events: Event[];
let slurm: FakeSlurm;

beforeEach(() => {
  rig = new Rig();
  const { layout } = rig;
  stored = submissionIn(layout, 'other', 0);
  slurm = new FakeSlurm(rig.executor);
  events = [];
  const emit = (event: Event): void => void events.push(event);
  const { profile } = defaultProfile;
  const options = { run: 'mine', layout, slurm, pace: usualPace, emit, profile };
  others = new OtherRuns(options, () => false);
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

  it('are left while there is no squeue, and used when it is back', async () => {
    write();
    slurm.unanswered = 'absent';
    await others.find(never);
    await others.find(never);
    expect(others.adopt(ticket)).toBeUndefined();
    expect(events).toEqual([
      {
        type: 'warning',
        message:
          'the jobs of other runs are not used: there is no command "squeue" on the PATH; their stages may be sent again, but are not computed twice; add the commands of Slurm to the PATH',
      },
    ]);
    expect(existsSync(stored.folder)).toBe(true);
    slurm.unanswered = undefined;
    await others.find(never);
    expect(others.adopt(ticket)?.stored.token).toBe('other:0');
  });

  it.each([
    ['a folder', () => symlinkSync('loop', join(rig.layout.orders, 'loop')), 'ELOOP'],
    [
      'a file',
      () => mkdirSync(ordersPath(submissionIn(rig.layout, 'loop', 0)), { recursive: true }),
      'EISDIR',
    ],
  ])('are used without those of %s that cannot be read', async (_, damage, code) => {
    write();
    damage();
    await others.find(never);
    await others.find(never);
    expect(others.adopt(ticket)?.stored.token).toBe('other:0');
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'warning',
      message: expect.stringMatching(new RegExp(`can't be read: ${code}.*; check the permissions`)),
    });
  });

  it('are kept if they cannot be read at the end', async () => {
    write();
    await others.find(never);
    rmSync(ordersPath(stored));
    mkdirSync(ordersPath(stored));
    others.removeEnded();
    expect(existsSync(stored.folder)).toBe(true);
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
