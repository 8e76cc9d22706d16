/** Whole runs on a cluster in this process: what they send, build and report. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Rig } from '../../rig.ts';
import {
  type ClusterRig,
  eachCluster,
  failureIn,
  many,
  one,
  three,
  typesOf,
} from './cluster-rig.ts';
import type { FakeSlurm } from './fake-slurm.ts';

let cluster: ClusterRig;
let rig: Rig;
let slurm: FakeSlurm;
let runOn: ClusterRig['runOn'];
eachCluster((given) => {
  cluster = given;
  ({ rig, slurm, runOn } = given);
});

describe('a run on a cluster', () => {
  it('builds all stages once, and leaves no orders', async () => {
    const { finished, events } = await runOn(three);
    expect(finished).toMatchObject({ executed: 3, failed: 0, remaining: 0 });
    expect(typesOf(events, 'b')).toEqual(['stage-started', 'stage-finished']);
    expect([...rig.executor.counts.values()]).toEqual([1, 1, 1]);
    expect(cluster.submissions).toEqual([]);
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

  it('reports a refusal in the words of Slurm', async () => {
    slurm.refusal = { kind: 'refused', message: 'invalid partition specified: no' };
    expect(failureIn((await runOn(one)).events)).toMatchObject({
      kind: 'rejected',
      message: 'Slurm refused its job: invalid partition specified: no',
    });
    expect(cluster.submissions).toEqual([]);
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
});
