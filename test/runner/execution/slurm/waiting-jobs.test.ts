/** What a run says about jobs that wait for long. */
import { describe, expect, it } from 'vitest';
import type { Event } from '../../../../src/runner/execution/event.ts';
import { type ClusterRig, eachCluster, many, one, typesOf } from './cluster-rig.ts';
import type { FakeSlurm } from './fake-slurm.ts';

let cluster: ClusterRig;
let slurm: FakeSlurm;
let runOn: ClusterRig['runOn'];
eachCluster((given) => {
  cluster = given;
  ({ slurm, runOn } = given);
});

const BROKEN = { nodes: 'n[1-3]', reason: 'Duplicate jobid' };
const DOWN =
  'Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions';

describe('a run whose jobs wait', () => {
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
        if (type === 'stage-waiting') void cluster.asked(3).then(() => slurm.out.push(BROKEN));
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
});
