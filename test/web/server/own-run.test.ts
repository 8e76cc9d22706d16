import { expect, it } from 'vitest';
import { fail, ok } from '../../../src/base/result.ts';
import { OwnRun, type PlanRun } from '../../../src/web/server/own-run.ts';
import type { Workbench } from '../../../src/web/server/workbench.ts';

const request = { targets: [], force: false, keepGoing: false };
const ends: unknown[] = [];
const workbench = {
  beginOwn: () => ({ see: () => undefined, end: (problem: unknown) => ends.push(problem) }),
} as unknown as Workbench;

it('can start a run after one that could not be planned', async () => {
  const bug = new Error('a bug in the plan');
  const begun = { run: 'run-2', carryOut: () => Promise.resolve() };
  const diagnostics = [{ severity: 'error' as const, message: 'no stage "x"' }];
  const plans: PlanRun[] = [
    () => Promise.reject(bug),
    async () => fail({ diagnostics, sources: [] }),
    async () => ok(begun),
  ];
  const own = new OwnRun(
    (asked) => plans.shift()!(asked),
    workbench,
    () => undefined,
  );
  await expect(own.start(request)).rejects.toBe(bug);
  expect(await own.start(request)).toEqual(fail('no stage "x"'));
  expect(await own.start(request)).toEqual(ok('run-2'));
});

it('reports the error that ends a run, and can start another one', async () => {
  ends.length = 0;
  const full = new Error('ENOSPC: no space left on device');
  const runs = [Promise.reject(full), Promise.resolve()];
  const problems: unknown[] = [];
  const plan: PlanRun = async () => ok({ run: 'run-3', carryOut: () => runs.shift()! });
  const own = new OwnRun(plan, workbench, (problem) => problems.push(problem));
  await own.start(request);
  await own.stop();
  expect([problems, ends]).toEqual([[full], [full]]);
  expect(await own.start(request)).toEqual(ok('run-3'));
  await own.stop();
  expect([problems, ends]).toEqual([[full], [full, undefined]]);
});
