/** Runs on a cluster that end before their jobs: after Ctrl-C, a failed stage or a bug. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { warningsIn } from '../../cache/remote-project.ts';
import type { Rig } from '../../rig.ts';
import { type ClusterRig, eachCluster, many, one, sorts, three } from './cluster-rig.ts';
import type { FakeSlurm } from './fake-slurm.ts';

let cluster: ClusterRig;
let rig: Rig;
let slurm: FakeSlurm;
let runOn: ClusterRig['runOn'];
eachCluster((given) => {
  cluster = given;
  ({ rig, slurm, runOn } = given);
});

describe('a run in which a stage fails', () => {
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
    expect(cluster.submissions).toHaveLength(1);
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
    await cluster.asked(3);
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
    const { events } = await first;
    expect(slurm.cancelled).toEqual(['run-0:0_0']);
    expect(warningsIn(events).at(-1)).toBe('1 job was cancelled');
  });

  it('says that its jobs were not cancelled, if Slurm does not answer', async () => {
    rig.executor.hold('a');
    const [stop, cancel] = [new AbortController(), new AbortController()];
    slurm.onJob = () => stop.abort();
    const { events } = await runOn(one, {
      signal: stop.signal,
      cancel: cancel.signal,
      onEvent: (event) => {
        if (event.type !== 'warning') return;
        slurm.unanswered = 'unreachable';
        cancel.abort();
      },
    });
    expect(slurm.cancelled).toEqual([]);
    expect(warningsIn(events).at(-1)).toMatch(/^the jobs were not cancelled: it is away; /);
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
    const adopted = cluster.asked(2);
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

  const patient = one.replace('name: a }', '$&, resources: { time: 100h }');
  const corrected = patient.replace('100h', '1h');

  it.each([
    ['with other resources', corrected, 'lab', []],
    ['with another profile', patient, 'other', []],
    ['as before', patient, 'lab', ['run-0:0_0']],
    ['while its run is alive', corrected, 'other', ['run-0:0_0']],
  ])('%s, waiting jobs are sent again or left', async (name, text, account, left) => {
    const leave = new AbortController();
    slurm.onJob = () => leave.abort();
    await runOn(patient, { signal: leave.signal, account: 'lab' });
    if (name === 'while its run is alive') {
      const head = { pid: 1, host: 'elsewhere', what: 'run run-0' };
      writeFileSync(join(rig.layout.live, 'head'), JSON.stringify(head));
    }
    slurm.onJob = (job) => void slurm.run(job);
    const asked = left.length > 0 ? cluster.asked(3) : Promise.resolve();
    const second = runOn(text, { account });
    await asked;
    if (left.length > 0) slurm.onJob(slurm.jobs[0]!);
    const { finished, events } = await second;
    expect(finished).toMatchObject({ executed: 1, failed: 0 });
    expect(slurm.jobs.filter(({ state }) => state === 'COMPLETED').map((job) => job.name)).toEqual(
      left.length > 0 ? left : ['run-1:0_0'],
    );
    expect(warningsIn(events)).toHaveLength(left.length > 0 ? 0 : 1);
    expect(rig.executor.counts.get('a')).toBe(1);
  });

  it('whose jobs run with other resources is waited for', async () => {
    rig.executor.hold('a');
    const leave = new AbortController();
    const first = runOn(patient, { signal: leave.signal });
    const held = await rig.executor.next('a');
    leave.abort();
    await first;
    const asked = cluster.asked(3);
    const second = runOn(corrected);
    await asked;
    held.finish();
    expect((await second).finished).toMatchObject({ executed: 1, failed: 0 });
    expect(slurm.cancelled).toEqual([]);
    expect(rig.executor.counts.get('a')).toBe(1);
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

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
