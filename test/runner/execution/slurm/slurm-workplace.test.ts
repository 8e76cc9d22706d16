/** Whole runs on a cluster in this process. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Event } from '../../../../src/runner/execution/event.ts';
import {
  runsWithOrders,
  submissionsOf,
  taskPath,
} from '../../../../src/runner/execution/slurm/order-files.ts';
import type { Layout } from '../../../../src/runner/store/layout.ts';
import { Rig } from '../../rig.ts';
import { FakeSlurm } from './fake-slurm.ts';
import { type Ran, type RunOptions, runOnSlurm } from './run-on-slurm.ts';

let rig: Rig;
let slurm: FakeSlurm;
let runs: number;

beforeEach(() => {
  rig = new Rig();
  slurm = new FakeSlurm(rig.executor);
  runs = 0;
});
afterEach(() => rig.remove());

const runOn = (text: string, options: RunOptions = {}): Promise<Ran> =>
  runOnSlurm(text, { rig, slurm, run: `run-${runs++}` }, options);

const three = `stages:
  a: { uses: make, with: { name: a } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
  c: { uses: make, with: { name: c }, inputs: { from: [a, b] } }
`;
const one = 'stages:\n  a: { uses: make, with: { name: a } }\n';
/** Stages that can't be in one submission. */
const sorts = `stages:
  a: { uses: make, with: { name: a } }
  b: { uses: make, with: { name: b }, resources: { cpu: 2 } }
  c: { uses: make, with: { name: c }, resources: { cpu: 3 } }
`;
const many = `stages:
  a:
    uses: make
    matrix: { i: [${Array.from({ length: 60 }, (_, i) => i)}] }
    with: { name: "a\${matrix.i}" }
`;

const storedSubmissions = (layout: Layout) =>
  runsWithOrders(layout).flatMap((run) => submissionsOf(layout, run));
const BROKEN = { nodes: 'n[1-3]', reason: 'Duplicate jobid' };
const DOWN =
  'Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions';

function failureIn(events: readonly Event[]): unknown {
  const failed = events.find((event) => event.type === 'stage-failed');
  return failed?.type === 'stage-failed' ? failed.failure : undefined;
}

const typesOf = (events: readonly Event[], stage: string): readonly string[] =>
  events.flatMap((event) => ('stage' in event && event.stage === stage ? [event.type] : []));

describe('a run on a cluster', () => {
  it('builds all stages once, and leaves no orders', async () => {
    const { finished, events } = await runOn(three);
    expect(finished).toMatchObject({ executed: 3, failed: 0, remaining: 0 });
    expect(typesOf(events, 'b')).toEqual(['stage-started', 'stage-finished']);
    expect([...rig.executor.counts.values()]).toEqual([1, 1, 1]);
    expect(storedSubmissions(rig.layout)).toEqual([]);
    expect((await runOn(three)).finished).toMatchObject({ executed: 0, cached: 3 });
  });

  it('bundles stages as soon as a duration is known, and submits few times', async () => {
    const { finished } = await runOn(many);
    expect(finished).toMatchObject({ executed: 60, failed: 0 });
    expect(slurm.jobs.length).toBeLessThan(60);
    expect([...rig.executor.counts.values()].every((count) => count === 1)).toBe(true);
  });

  it('never has more jobs out than the profile allows', async () => {
    let most = 0;
    slurm.onJob = (job) => {
      const out = slurm.jobs.filter(({ state }) => /PENDING|RUNNING/.test(state)).length;
      most = Math.max(most, out);
      void slurm.run(job);
    };
    expect((await runOn(many, { jobs: 3 })).finished.executed).toBe(60);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('reports the failure of a stage as on this machine', async () => {
    rig.executor.instead.set('a', () => ({
      ok: false,
      error: { kind: 'stage', message: 'no such number' },
    }));
    const { finished, events } = await runOn(three);
    expect(finished).toMatchObject({ failed: 1, skipped: 2 });
    expect(failureIn(events)).toEqual({ kind: 'stage', message: 'no such number' });
  });

  it('sends an order again if its node is lost, and gives up after three times', async () => {
    slurm.onJob = (job) => {
      job.state = 'NODE_FAIL';
    };
    const { events } = await runOn(one);
    expect(failureIn(events)).toMatchObject({ kind: 'lost' });
    expect(slurm.submitted).toHaveLength(4);
  });

  it('ends well if only the first node is lost', async () => {
    let jobs = 0;
    slurm.onJob = (job) => {
      if (jobs++ === 0) job.state = 'NODE_FAIL';
      else void slurm.run(job);
    };
    expect((await runOn(three)).finished).toMatchObject({ executed: 3, failed: 0 });
  });

  it('submits jobs again that Slurm has forgotten', async () => {
    let jobs = 0;
    slurm.onJob = (job) => {
      if (jobs++ === 0) queueMicrotask(() => slurm.forget());
      else void slurm.run(job);
    };
    expect((await runOn(one)).finished).toMatchObject({ executed: 1 });
    expect(slurm.submitted).toHaveLength(2);
  });

  it('waits for a forgotten job that builds its stage', async () => {
    rig.executor.hold('a');
    const running = runOn(one);
    const held = await rig.executor.next('a');
    slurm.forget();
    // Slurm is asked several times meanwhile.
    await asked(6);
    held.finish();
    expect((await running).finished).toMatchObject({ executed: 1 });
    expect(slurm.submitted).toHaveLength(1);
  });

  it('takes no job of another submission for its own', async () => {
    slurm.onJob = (job) => {
      slurm.forget();
      slurm.jobs.push({ ...job, name: 'foreign:0_0', state: 'COMPLETED' });
      slurm.onJob = (next) => void slurm.run(next);
    };
    expect((await runOn(one)).finished).toMatchObject({ executed: 1 });
    expect(slurm.submitted).toHaveLength(2);
  });

  it('waits for a requeued job, and lets it start at once', async () => {
    let times = 0;
    slurm.onJob = (job) => {
      if (times++ > 0) void slurm.run(job);
      else Object.assign(job, { state: 'PENDING', reason: 'BeginTime' });
    };
    expect((await runOn(one)).finished).toMatchObject({ executed: 1 });
    expect(slurm.submitted).toHaveLength(1);
    expect(times).toBe(2);
  });

  it('releases a job that Slurm holds back because its node could not start it', async () => {
    let times = 0;
    slurm.onJob = (job) => {
      if (times++ > 0) void slurm.run(job);
      else Object.assign(job, { state: 'PENDING', reason: 'launch failed requeued held' });
    };
    expect((await runOn(one)).finished).toMatchObject({ executed: 1 });
    expect(slurm.submitted).toHaveLength(1);
  });

  it('does not fail a command that was signalled before the program on the node', async () => {
    rig.executor.hold('a');
    slurm.signalsMs = 60_000;
    slurm.onJob = (job) => {
      slurm.onJob = (again) => void slurm.run(again);
      void slurm.run(job);
    };
    const running = runOn(one);
    const killed = await rig.executor.next('a');
    const [job] = slurm.jobs;
    killed.fail({ kind: 'stage', message: 'the command was ended by SIGTERM' });
    Object.assign(job!, { state: 'PENDING', reason: 'BeginTime' });
    job!.told.abort();
    Object.assign(job!, { told: new AbortController() });
    (await rig.executor.next('a')).finish();
    expect((await running).finished).toMatchObject({ executed: 1, failed: 0 });
    expect(slurm.submitted).toHaveLength(1);
  });

  it('shows why a job waits for long, once per submission', async () => {
    slurm.onJob = (job) => {
      job.reason = 'PartitionTimeLimit';
    };
    const waits: Event[] = [];
    await runOn(many, {
      onEvent: (event) => {
        if (event.type !== 'stage-waiting') return;
        waits.push(event);
        for (const job of slurm.jobs) if (job.state === 'PENDING') void slurm.run(job);
        slurm.onJob = (job) => void slurm.run(job);
      },
    });
    expect(waits).toHaveLength(1);
    expect(waits[0]).toMatchObject({ for: 'Slurm: PartitionTimeLimit' });
  });

  it('names the drained nodes that its jobs wait for, once', async () => {
    slurm.out = [BROKEN];
    slurm.onJob = (job) => {
      job.reason = job.index % 2 ? 'ReqNodeNotAvail, UnavailableNodes:n[1-3]' : DOWN;
    };
    const warnings: string[] = [];
    const waits: Event[] = [];
    const { finished } = await runOn(many, {
      onEvent: (event) => {
        if (event.type === 'warning') warnings.push(event.message);
        if (event.type === 'stage-waiting') waits.push(event);
        if (waits.length < 2 || warnings.length === 0) return;
        for (const job of slurm.jobs) if (job.state === 'PENDING') void slurm.run(job);
        slurm.onJob = (job) => void slurm.run(job);
      },
    });
    expect(finished).toMatchObject({ executed: 60, failed: 0 });
    expect(waits).toHaveLength(2);
    expect(warnings).toEqual([
      'jobs wait because Slurm does not use n[1-3] (Duplicate jobid); if this lasts, ask the administrator to resume these nodes',
    ]);
  });

  it('asks again about nodes that have no reason yet', async () => {
    slurm.onJob = (job) => {
      job.reason = DOWN;
    };
    const { events } = await runOn(one, {
      onEvent: ({ type }) => {
        // The node was not named in this answer.
        if (type === 'stage-waiting') void asked(3).then(() => slurm.out.push(BROKEN));
        if (type === 'warning') for (const job of slurm.jobs) void slurm.run(job);
      },
    });
    expect(events.filter(({ type }) => type === 'warning')).toHaveLength(1);
    expect(typesOf(events, 'a').filter((type) => type === 'stage-waiting')).toHaveLength(1);
  });

  it('names only some broken nodes, and none if Slurm names none', async () => {
    const reasons = ['a', 'b', 'c', 'd'];
    for (const out of [[], reasons.map((reason, i) => ({ nodes: `n${i}`, reason }))]) {
      slurm.out = out;
      slurm.onJob = (job) => {
        job.reason = DOWN;
      };
      const { events } = await runOn(
        `${one}  b: { uses: make, with: { name: b${out.length} } }\n`,
        {
          onEvent: ({ type }) => {
            if (type !== (out.length > 0 ? 'warning' : 'stage-waiting')) return;
            for (const job of slurm.jobs) if (job.state === 'PENDING') void slurm.run(job);
          },
        },
      );
      const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
      expect(warnings).toEqual(
        out.length === 0 ? [] : [expect.stringContaining('n0 (a), n1 (b), n2 (c) and others;')],
      );
    }
  });

  it('fails a job that somebody cancelled', async () => {
    slurm.onJob = (job) => {
      job.state = 'CANCELLED';
    };
    expect(failureIn((await runOn(one)).events)).toMatchObject({ kind: 'cancelled' });
    expect(slurm.submitted).toHaveLength(1);
  });

  it('says what a job printed that could not start the program', async () => {
    slurm.onJob = (job) => {
      const folder = join(rig.layout.run('run-0'), 'slurm');
      writeFileSync(join(folder, `${job.id}.log`), 'module: command not found\n');
      job.state = 'FAILED';
    };
    const failure = failureIn((await runOn(one)).events);
    expect(failure).toMatchObject({ kind: 'rejected' });
    expect(JSON.stringify(failure)).toContain('module: command not found');
  });

  it('reports a refusal in the words of Slurm', async () => {
    slurm.refusal = { kind: 'refused', message: 'invalid partition specified: no' };
    expect(failureIn((await runOn(one)).events)).toMatchObject({
      kind: 'rejected',
      message: 'Slurm refused its job: invalid partition specified: no',
    });
    expect(storedSubmissions(rig.layout)).toEqual([]);
  });

  it('is not confused by damaged lines of a job', async () => {
    slurm.onJob = (job) => {
      const [stored] = storedSubmissions(rig.layout);
      appendFileSync(
        taskPath(stored!, job.index),
        '{"kind":"end","at":0,"resu\u0000\n{}\n[]\n7\n{"ki',
      );
      void slurm.run(job);
    };
    expect((await runOn(one)).finished).toMatchObject({ executed: 1 });
  });

  it('refuses a job of another build', async () => {
    slurm.onJob = (job) => void slurm.run(job, 'node-other.js');
    expect(failureIn((await runOn(one)).events)).toMatchObject({ kind: 'rejected' });
  });

  it('fails stages whose orders cannot be written', async () => {
    mkdirSync(join(rig.layout.root, 'store'), { recursive: true });
    writeFileSync(rig.layout.orders, 'a file');
    expect(failureIn((await runOn(one)).events)).toMatchObject({ kind: 'store' });
  });

  it('fails stages if the folder of all orders cannot be read', async () => {
    mkdirSync(join(rig.layout.root, 'store'), { recursive: true });
    symlinkSync('orders', rig.layout.orders);
    const failure = failureIn((await runOn(one)).events);
    expect(failure).toMatchObject({
      kind: 'store',
      message: expect.stringContaining(rig.layout.orders),
    });
  });

  it('skips orders of another run that cannot be read, and says so once', async () => {
    mkdirSync(rig.layout.orders, { recursive: true });
    symlinkSync('loop', join(rig.layout.orders, 'loop'));
    const { finished, events } = await runOn(three);
    expect(finished).toMatchObject({ executed: 3, failed: 0 });
    const warnings = events.filter(({ type }) => type === 'warning');
    expect(warnings).toEqual([
      { type: 'warning', message: expect.stringContaining(join(rig.layout.orders, 'loop')) },
    ]);
  });

  it('cancels the jobs that have not begun when a stage fails', async () => {
    rig.executor.instead.set('a0', () => ({ ok: false, error: { kind: 'bug', message: 'x' } }));
    slurm.onJob = (job) => {
      if (job === slurm.jobs[0]) void slurm.run(job);
    };
    const { finished } = await runOn(many);
    expect(finished).toMatchObject({ failed: 1, executed: 0 });
    expect(slurm.cancelled.length).toBe(slurm.jobs.length - 1);
  });

  it('cancels jobs that are being submitted when a stage fails', async () => {
    rig.executor.instead.set('a', () => ({ ok: false, error: { kind: 'bug', message: 'x' } }));
    let onFailed: (() => void) | undefined;
    const failed = new Promise<void>((resolve) => {
      onFailed = resolve;
    });
    const submit = slurm.submit.bind(slurm);
    slurm.submit = async (submitted) => {
      if (slurm.submitted.length > 0) await failed;
      return submit(submitted);
    };
    slurm.onJob = (job) => {
      if (job === slurm.jobs[0]) void slurm.run(job);
    };
    const { finished } = await runOn(sorts, {
      onEvent: ({ type }) => type === 'stage-failed' && onFailed?.(),
    });
    expect(finished).toMatchObject({ failed: 1, executed: 0 });
    expect(slurm.submitted).toHaveLength(2);
    expect(slurm.cancelled).toEqual(['run-0:1_0']);
  });

  it('stops for a bug in a listener, and leaves the orders of a job that is out', async () => {
    const bug = new Error('a bug');
    await expect(
      runOn(one, {
        onEvent: (event) => {
          if (event.type === 'stage-started') throw bug;
        },
      }),
    ).rejects.toBe(bug);
    expect(storedSubmissions(rig.layout)).toHaveLength(1);
  });
});

describe('a run that is stopped', () => {
  it('leaves its jobs, and the next run waits for them', async () => {
    rig.executor.hold('a');
    const stop = new AbortController();
    const first = runOn(three, { signal: stop.signal });
    const held = await rig.executor.next('a');
    stop.abort();
    const { finished, events } = await first;
    expect(finished).toMatchObject({ interrupted: true, failed: 0 });
    expect(
      events.some((event) => event.type === 'warning' && /1 job continues/.test(event.message)),
    ).toBe(true);
    expect(slurm.cancelled).toEqual([]);
    const second = runOn(three);
    await asked(3);
    held.finish();
    const after = await second;
    expect(after.finished).toMatchObject({ executed: 3, failed: 0 });
    expect(rig.executor.counts.get('a')).toBe(1);
    const started = after.events.find((event) => event.type === 'stage-started');
    expect(started).toMatchObject({ log: '../run-0/logs/1.log' });
  });

  it('submits nothing more', async () => {
    const stop = new AbortController();
    slurm.onJob = () => stop.abort();
    expect((await runOn(sorts, { signal: stop.signal })).finished.interrupted).toBe(true);
    expect(slurm.submitted).toHaveLength(1);
  });

  it('cancels its jobs after a second Ctrl-C', async () => {
    rig.executor.hold('a');
    const [stop, cancel] = [new AbortController(), new AbortController()];
    const first = runOn(one, {
      signal: stop.signal,
      cancel: cancel.signal,
      onEvent: (event) => event.type === 'warning' && cancel.abort(),
    });
    await rig.executor.next('a');
    stop.abort();
    await first;
    expect(slurm.cancelled).toEqual(['run-0:0_0']);
  });

  it.each([
    ['cancels', 'has ended', ['run-0:0_0']],
    ['does not cancel', 'is alive', []],
  ])('%s the jobs of another run that %s', async (_, state, cancelled) => {
    rig.executor.hold('a');
    const leave = new AbortController();
    const first = runOn(one, { signal: leave.signal });
    await rig.executor.next('a');
    leave.abort();
    await first;
    if (state === 'is alive') {
      const head = { pid: 1, host: 'elsewhere', what: 'run run-0' };
      writeFileSync(join(rig.layout.live, 'head'), JSON.stringify(head));
    }
    const [stop, cancel] = [new AbortController(), new AbortController()];
    const adopted = asked(2);
    const second = runOn(one, {
      signal: stop.signal,
      cancel: cancel.signal,
      onEvent: (event) => event.type === 'warning' && cancel.abort(),
    });
    await adopted;
    stop.abort();
    await second;
    expect(slurm.cancelled).toEqual(cancelled);
  });

  it('whose results were committed meanwhile has nothing to do', async () => {
    rig.executor.hold('a');
    const stop = new AbortController();
    const first = runOn(one, { signal: stop.signal });
    const held = await rig.executor.next('a');
    stop.abort();
    await first;
    held.finish();
    await until(() => slurm.jobs[0]!.state === 'COMPLETED');
    expect((await runOn(one)).finished).toMatchObject({ executed: 0, cached: 1 });
  });

  it('whose jobs are gone is run again, and its files are removed', async () => {
    rig.executor.hold('a');
    const stop = new AbortController();
    slurm.onJob = () => stop.abort();
    await runOn(one, { signal: stop.signal });
    expect(readdirSync(rig.layout.orders)).toHaveLength(1);
    slurm.forget();
    slurm.onJob = (job) => void slurm.run(job);
    const second = runOn(one);
    (await rig.executor.next('a')).finish();
    expect((await second).finished).toMatchObject({ executed: 1 });
    expect(existsSync(join(rig.layout.orders, 'run-1'))).toBe(false);
  });
});

/** Resolves after Slurm was asked several times. */
async function asked(times: number): Promise<void> {
  const ask = slurm.queue.bind(slurm);
  let count = 0;
  await new Promise<void>((resolve) => {
    slurm.queue = () => {
      if (++count === times) resolve();
      return ask();
    };
  });
  slurm.queue = ask;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
