import { expect, it } from 'vitest';
import { fail, ok } from '../../../src/base/result.ts';
import { OwnRun, type PlanRun } from '../../../src/web/server/own-run.ts';
import type { Workbench } from '../../../src/web/server/workbench.ts';

const request = { targets: [], force: false, keepGoing: false };
const workbench = { beginOwn: () => () => undefined } as unknown as Workbench;

it('can start a run after one that could not be planned', async () => {
  const bug = new Error('a bug in the plan');
  const begun = { run: 'run-2', carryOut: () => Promise.resolve() };
  const diagnostics = [{ severity: 'error' as const, message: 'no stage "x"' }];
  const plans: PlanRun[] = [
    () => Promise.reject(bug),
    async () => fail({ diagnostics, sources: [] }),
    async () => ok(begun),
  ];
  const own = new OwnRun((asked) => plans.shift()!(asked), workbench);
  await expect(own.start(request)).rejects.toBe(bug);
  expect(await own.start(request)).toEqual(fail('no stage "x"'));
  expect(await own.start(request)).toEqual(ok('run-2'));
});
