/** The states of runs, live and ended, of this machine and of a cluster. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { journalOf } from '../../../src/runner/execution/journal.ts';
import { thisHolder } from '../../../src/runner/store/holder.ts';
import type {
  LogPiece,
  PipelineMessage,
  RunMessage,
  ServerMessage,
  StageDetail,
  StagesByState,
} from '../stage-states.ts';
import { statesOf } from '../stage-states.ts';
import { eachServer, isRead, text } from './server-rig.ts';

const { begin, newServed } = eachServer();

describe('the server shows', () => {
  it('the plan, and the states of a run of another process until its end', async () => {
    const one = await begin();
    one.rig.executor.hold('b');
    const [first] = await one.messagesUntil(isRead).then((all) => all.filter(isRead));
    expect((first as PipelineMessage).groups.map(({ name, takes }) => [name, takes])).toEqual([
      ['a', []],
      ['b', [0]],
      ['c', [1]],
    ]);
    expect(statesOf([first!])).toEqual({ a: 'will-run', b: 'may-run', c: 'may-run' });
    const run = one.rig.run(text);
    const held = await one.rig.executor.next('b');
    const during = await one.messagesUntil((_one, all) => statesOf(all).b === 'running');
    expect(statesOf(during)).toEqual<StagesByState>({ a: 'done', b: 'running', c: 'may-run' });
    const after = one.messagesUntil(
      (message) => message.type === 'run' && message.run?.state === 'failed',
    );
    held.fail({ kind: 'stage', message: 'it can not', advice: 'try another' });
    await run;
    const reported = await after;
    expect((reported.at(-1) as RunMessage).run).toMatchObject({
      own: false,
      executed: 1,
      skipped: 1,
      failures: [{ stage: 'b', message: 'it can not' }],
    });
    const later = await one.messagesUntil((_one, all) => statesOf(all).b === 'failed');
    expect(statesOf(later)).toEqual({ a: 'done', b: 'failed', c: 'skipped' });
    const log = await one.json<LogPiece>('/api/log?id=b');
    expect(log).toMatchObject({ state: 'failed', failure: ['it can not', 'help: try another'] });
  });

  it('the progress of a stage that another process runs', async () => {
    const one = await begin();
    one.rig.executor.hold('b');
    // The first message of a page has the states at that time, so it may not be sent as a change.
    const isThere = (message: ServerMessage): boolean =>
      (message.type === 'states' &&
        message.changes.some(([, , doing]) => doing?.fraction === 0.25)) ||
      (message.type === 'pipeline' && message.stages.some(({ doing }) => doing?.fraction === 0.25));
    const reported = one.messagesUntil(isThere);
    let clock = Date.now();
    const run = one.rig.run(text, { now: () => clock });
    const held = await one.rig.executor.next('b');
    clock += 2000;
    held.progress(0.25);
    await reported;
    held.finish();
    await run;
    expect(readdirSync(one.rig.layout.run('run-0'))).toEqual(['journal.jsonl']);
  });

  it('nothing of an earlier run while one is live', async () => {
    const one = await begin();
    await one.rig.run(text);
    await one.messagesUntil((_one, all) => statesOf(all).c === 'done');
    one.rig.executor.hold('b');
    const follow = one.messagesUntil((_one, all) => statesOf(all).b === 'running');
    const run = one.rig.run(text, { forced: ['b'] });
    const held = await one.rig.executor.next('b');
    expect(statesOf(await follow)).toEqual({ a: 'cached', b: 'running', c: 'cached' });
    const detail = await one.json<StageDetail>('/api/stage?id=b');
    expect(detail.reasons).toEqual([{ text: 'forced' }]);
    held.finish();
    await run;
  });

  it('a run that an error has ended, with the error', async () => {
    const one = await begin(true);
    await one.messagesUntil(isRead);
    const { see, end } = one.workbench.beginOwn('run-broken');
    const plan = { run: 1, pending: 2, hit: 0 };
    const time = new Date().toISOString();
    see({ type: 'run-started', run: 'run-broken', time, plan, jobs: 1, facts: {} });
    end(new Error('ENOSPC: no space left on device'));
    const reported = await one.messagesUntil(
      (message) => message.type === 'run' && message.run?.state === 'unfinished',
    );
    expect((reported.at(-1) as RunMessage).run!.warnings).toEqual([
      'the run has stopped: ENOSPC: no space left on device',
    ]);
  });

  it('a killed run as ended', async () => {
    const one = newServed();
    const folder = one.rig.layout.run('run-killed');
    mkdirSync(folder, { recursive: true });
    const plan = { run: 1, pending: 2, hit: 0 };
    const started = {
      type: 'run-started',
      run: 'run-killed',
      time: new Date().toISOString(),
      plan,
      jobs: 1,
      facts: {},
    };
    const stage = {
      type: 'stage-started',
      stage: 'a',
      key: 'k',
      reasons: [],
      resumed: false,
      attempt: 1,
    };
    writeFileSync(
      join(folder, 'journal.jsonl'),
      `${JSON.stringify(started)}\n${JSON.stringify(stage)}\n{"ty`,
    );
    await one.start();
    const reported = await one.messagesUntil(
      (message, all) =>
        all.some((each) => each.type === 'run' && each.run?.state === 'unfinished') &&
        isRead(message) &&
        statesOf(all).a === 'will-run',
    );
    expect(statesOf(reported)).toEqual({ a: 'will-run', b: 'may-run', c: 'may-run' });
  });

  it.each([
    ['without a head as failed while its job continues', '1_0', 'failed'],
    ['with a head as running, because the head decides', undefined, 'running'],
  ])('a stage that failed on a node, of a run %s', async (_what, job, state) => {
    const one = newServed();
    const { layout } = one.rig;
    const run = 'run-sent';
    const write = (path: string, ...lines: readonly object[]): void => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    };
    write(join(layout.live, 'marker'), { ...thisHolder(`run ${run}`), ...(job && { job }) });
    const plan = { run: 3, pending: 0, hit: 0 };
    const time = new Date().toISOString();
    write(journalOf(layout, run), { type: 'run-started', run, time, plan, jobs: 1, facts: {} });
    const started = (stage: string) => ({
      kind: 'event',
      at: stage === 'a' ? 0 : 1,
      event: {
        ...{ type: 'stage-started', stage, key: 'k', reasons: [], resumed: false, attempt: 1 },
        log: `${stage}.log`,
      },
    });
    const error = { kind: 'stage', message: 'the data has a hole' };
    write(
      join(layout.orders, run, '0', '0.jsonl'),
      started('a'),
      { kind: 'end', at: 0, result: { ok: false, error } },
      started('b'),
    );
    await one.start();
    const failures = state === 'failed' ? [{ stage: 'a', message: 'the data has a hole' }] : [];
    const runningIn = (all: readonly ServerMessage[]) =>
      all.findLast((message) => message.type === 'run' && message.run?.state === 'running');
    const reported = await one.messagesUntil((_message, all) => {
      const last = runningIn(all) as RunMessage | undefined;
      return statesOf(all).b === 'running' && last?.run?.failures.length === failures.length;
    });
    expect(statesOf(reported).a).toBe(state);
    expect(runningIn(reported)).toMatchObject({ run: { failures } });
  });
});
