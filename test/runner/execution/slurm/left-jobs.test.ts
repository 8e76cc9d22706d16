/** What a process that only watches knows of the jobs of a run that has ended. */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fail, ok } from '../../../../src/base/result.ts';
import type { Order } from '../../../../src/runner/execution/order.ts';
import { LeftJobs } from '../../../../src/runner/execution/slurm/left-jobs.ts';
import {
  ordersPath,
  type StoredSubmission,
  submissionIn,
  taskPath,
  writeSubmission,
} from '../../../../src/runner/execution/slurm/order-files.ts';
import type { Queue } from '../../../../src/runner/execution/slurm/queue.ts';
import type { Slurm } from '../../../../src/runner/execution/slurm/slurm.ts';
import type { StageKey } from '../../../../src/runner/key/fingerprint.ts';
import { thisHolder } from '../../../../src/runner/store/holder.ts';
import { Rig } from '../../rig.ts';

let rig: Rig;
let stored: StoredSubmission;
let jobs: LeftJobs;
let answers: Awaited<ReturnType<Slurm['queue']>>[];
let asked: number;

beforeEach(() => {
  rig = new Rig();
  stored = submissionIn(rig.layout, 'left', 0);
  answers = [];
  asked = 0;
  const queue = async () => {
    asked++;
    return answers.shift() ?? fail('unreachable' as const);
  };
  jobs = new LeftJobs(rig.layout, {}, { queue });
});
afterEach(() => rig.remove());

/** Two jobs. The first one has two stages. */
function write({ old = true } = {}): void {
  const site = { run: 'left', artifacts: rig.layout.root, root: rig.root, entry: 'n', worker: 'w' };
  const order = (id: string) => ({ key: `key-${id}`, stage: { id } }) as unknown as Order;
  writeSubmission(stored, { record: 'orders/1', ...site }, [
    [order('a'), order('b')],
    [order('c')],
  ]);
  if (old) utimesSync(ordersPath(stored), 1, 1);
}

const listed = (...states: readonly string[]): { readonly ok: true; readonly value: Queue } =>
  ok(
    new Map(
      states.map((state, i) => [`left:0_${i}`, [{ id: `1_${i}`, state, reason: '', node: '' }]]),
    ),
  );

/** What is known `seconds` after the start, when Slurm has answered. */
async function knownAt(seconds: number): Promise<readonly string[] | undefined> {
  jobs.of('left', 1000 * seconds);
  await new Promise((resolve) => setImmediate(resolve));
  const known = jobs.of('left', 1000 * seconds);
  return known && [...known];
}

it('a run without orders has none, and Slurm is not asked', () => {
  expect(jobs.of('left', 0)).toEqual(new Set());
  expect(jobs.runs()).toEqual([]);
  expect(asked).toBe(0);
});

it('stages of jobs that wait or run are out, except for those that have ended', async () => {
  write();
  const end = { kind: 'end', at: 0, result: { ok: true, value: {} } };
  writeFileSync(taskPath(stored, 0), `${JSON.stringify(end)}\n{"kind":"end","at":1,`);
  answers.push(listed('RUNNING', 'PENDING'));
  expect(jobs.of('left', 0)).toBeUndefined();
  expect(await knownAt(1)).toEqual(['b', 'c']);
  expect(jobs.runs()).toEqual(['left']);
});

it('cancelled jobs are not out', async () => {
  write();
  answers.push(listed('RUNNING', 'PENDING'), listed('CANCELLED'));
  expect(await knownAt(0)).toEqual(['a', 'b', 'c']);
  expect(await knownAt(40)).toEqual([]);
});

it('jobs that Slurm may not list yet are out', async () => {
  write({ old: false });
  answers.push(listed());
  expect(await knownAt(0)).toEqual(['a', 'b', 'c']);
});

it('Slurm is asked rarely', async () => {
  write();
  answers.push(listed('RUNNING'), listed());
  for (let second = 0; second < 30; second++) await knownAt(second);
  expect(asked).toBe(1);
  expect(await knownAt(30)).toEqual([]);
  expect(asked).toBe(2);
});

it('the last answer counts while Slurm does not answer', async () => {
  write();
  answers.push(fail('unreachable'), listed('RUNNING'), fail('unreachable'));
  expect(await knownAt(0)).toBeUndefined();
  expect(await knownAt(30)).toEqual(['a', 'b']);
  expect(await knownAt(60)).toEqual(['a', 'b']);
});

it('without Slurm, stages whose key is locked are out', async () => {
  write();
  const lock = rig.layout.lock('key-c' as StageKey);
  mkdirSync(dirname(lock), { recursive: true });
  writeFileSync(lock, JSON.stringify(thisHolder('run left')));
  answers.push(fail('absent'), fail('absent'));
  expect(await knownAt(0)).toEqual(['c']);
  rmSync(lock);
  expect(await knownAt(30)).toEqual([]);
});

it('orders that were removed are not out', async () => {
  write();
  answers.push(listed('RUNNING'));
  expect(await knownAt(0)).toEqual(['a', 'b']);
  rmSync(rig.layout.orders, { recursive: true });
  expect(await knownAt(1)).toEqual([]);
});

it('orders that can not be read are looked at again', async () => {
  write();
  const path = ordersPath(stored);
  rmSync(path);
  mkdirSync(path);
  answers.push(listed('RUNNING'), listed('RUNNING'));
  expect(await knownAt(0)).toBeUndefined();
  rmSync(path, { recursive: true });
  write();
  expect(await knownAt(30)).toEqual(['a', 'b']);
});
