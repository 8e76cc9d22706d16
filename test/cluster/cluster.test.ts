/** The throw-away cluster itself: what happens to it is what happens to a real one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../until.ts';
import { Cluster } from './cluster.ts';
import { whyNoCluster } from './why-not.ts';

const why = whyNoCluster();

describe.skipIf(why !== undefined)(`a cluster${why ? ` (${why})` : ''}`, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ nodes: 2 });
  });
  afterAll(() => cluster?.stop());

  const submit = async (...args: string[]): Promise<string> =>
    (await cluster.slurm('sbatch', '--parsable', '-o', '/dev/null', ...args)).trim();
  const stateOf = async (id: string): Promise<string> =>
    (await cluster.slurm('squeue', '-h', '-t', 'all', '-j', id, '-o', '%T %N')).trim();

  it('runs jobs on nodes with their own names', async () => {
    const ids = await Promise.all(
      ['n1', 'n2'].map((node) => submit('-w', node, '--wrap', `test $(hostname) = ${node}`)),
    );
    await until(async () => {
      const states = await Promise.all(ids.map(stateOf));
      return states.every((state) => /^(?:COMPLETED|FAILED)/.test(state));
    });
    expect(await Promise.all(ids.map(stateOf))).toEqual(['COMPLETED n1', 'COMPLETED n2']);
  });

  it('loses what runs on a dropped node, and runs it again elsewhere', async () => {
    const id = await submit('--requeue', '-w', 'n1', '--wrap', 'sleep 1000');
    await until(async () => (await stateOf(id)) === 'RUNNING n1');
    await cluster.node('n1').drop();
    await until(async () => /^PENDING/.test(await stateOf(id)));
    await cluster.slurm('scontrol', 'update', `jobid=${id}`, 'ReqNodeList=', 'StartTime=now');
    await until(async () => (await stateOf(id)) === 'RUNNING n2');
    await cluster.node('n1').start();
    await cluster.slurm('scancel', id);
  });

  it('counts the calls of commands, and breaks them', async () => {
    const { commands } = cluster;
    commands.forget();
    const { execFile } = await import('node:child_process');
    const call = (name: string): Promise<number> =>
      new Promise((resolve) => {
        const child = execFile(name, ['-h'], { env: cluster.environment });
        child.on('close', (code) => resolve(code!));
      });
    expect(await call('squeue')).toBe(0);
    commands.break('squeue', 'before', 'slurm_load_jobs error: Unable to contact slurm controller');
    expect(await call('squeue')).toBe(1);
    commands.repair('squeue');
    expect(await call('squeue')).toBe(0);
    expect(commands.calls('squeue')).toBe(3);
    expect(commands.calls('sbatch')).toBe(0);
  });

  it('goes on after its controller was killed', async () => {
    await cluster.controller.kill();
    await expect(cluster.slurm('squeue')).rejects.toThrow(/Unable to contact/);
    await cluster.controller.start();
    // It may have forgotten how the last jobs ended. It takes new ones.
    const id = await submit('--wrap', 'true');
    await until(async () => /^COMPLETED/.test(await stateOf(id)));
  });
});
