/** What happens to the jobs of a run: they are lost, forgotten, requeued, held or cancelled. */
import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { taskPath } from '../../../../src/runner/execution/slurm/order-files.ts';
import type { Rig } from '../../rig.ts';
import { type ClusterRig, eachCluster, failureIn, one, three } from './cluster-rig.ts';
import type { FakeSlurm } from './fake-slurm.ts';

let cluster: ClusterRig;
let rig: Rig;
let slurm: FakeSlurm;
let runOn: ClusterRig['runOn'];
eachCluster((given) => {
  cluster = given;
  ({ rig, slurm, runOn } = given);
});

describe('a run whose jobs end early', () => {
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
    await cluster.asked(6);
    held.finish();
    expect((await running).finished).toMatchObject({ executed: 1 });
    expect(slurm.submitted).toHaveLength(1);
  });

  it('waits while the lock of a forgotten job cannot be read', async () => {
    slurm.onJob = (job) => {
      const key = cluster.ordersOf(job)[0]!.key;
      mkdirSync(rig.layout.locks, { recursive: true });
      symlinkSync(rig.layout.lock(key), rig.layout.lock(key));
      slurm.forget();
      slurm.onJob = (next) => void slurm.run(next);
      // Slurm is asked several times meanwhile.
      void cluster.asked(12).then(() => rmSync(rig.layout.lock(key)));
    };
    expect((await runOn(one)).finished).toMatchObject({ executed: 1, failed: 0 });
    expect(slurm.submitted).toHaveLength(2);
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
    job!.signalled.abort();
    Object.assign(job!, { signalled: new AbortController() });
    (await rig.executor.next('a')).finish();
    expect((await running).finished).toMatchObject({ executed: 1, failed: 0 });
    expect(slurm.submitted).toHaveLength(1);
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

  it('sends an order again if neither a report nor the output of its job can be read', async () => {
    slurm.onJob = (job) => {
      mkdirSync(join(rig.layout.run('run-0'), 'slurm', `${job.id}.log`));
      job.state = 'FAILED';
      slurm.onJob = (next) => void slurm.run(next);
    };
    expect((await runOn(one)).finished).toMatchObject({ executed: 1, failed: 0 });
    expect(slurm.submitted).toHaveLength(2);
  });

  it('refuses a job of another build', async () => {
    slurm.onJob = (job) => void slurm.run(job, 'node-other.js');
    expect(failureIn((await runOn(one)).events)).toMatchObject({ kind: 'rejected' });
  });

  it('is not confused by damaged lines of a job', async () => {
    slurm.onJob = (job) => {
      const [stored] = cluster.submissions;
      appendFileSync(
        taskPath(stored!, job.index),
        '{"kind":"end","at":0,"resu\u0000\n{}\n[]\n7\n{"ki',
      );
      void slurm.run(job);
    };
    expect((await runOn(one)).finished).toMatchObject({ executed: 1 });
  });
});
