/** A run that is a job itself. In the full form, jobs of higher priority take its node once. */
import { setTimeout as wait } from 'node:timers/promises';
import { checkDone, onCluster, type Scenario } from './scenario.ts';

export const detached: Scenario = (given) =>
  onCluster(given, { nodes: 2 }, async (stage) => {
    const { cluster, project, pipeline, faults, short } = stage;
    const parts = short ? 12 : 48;
    project.writeParts(parts, 'sleep 1');
    const sent = await pipeline('run', '--executor', 'slurm', '--detach');
    const run = /^run (\S+) is now job (\d+) of Slurm$/m.exec(sent.text);
    if (sent.code !== 0 || !run) faults.push(`it ended with ${sent.code}: ${sent.text}`);
    if (!short) {
      while (project.count('end') === 0) await wait(100);
      const nodes = [...cluster.nodes.keys()];
      const urgent = nodes.map((node) =>
        cluster.slurm(
          'sbatch',
          '-p',
          'urgent',
          '-w',
          node,
          '-c4',
          '-o',
          '/dev/null',
          '--wrap',
          'true',
        ),
      );
      await Promise.all(urgent);
    }
    while ((await cluster.queue()).length > 0) await wait(200);
    const log = project.read(`artifacts/runs/${run?.[1]}/head.log`) ?? '';
    if (!/executed/.test(log)) faults.push(`its output: ${log.slice(-500)}`);
    return { ...(await checkDone(stage, parts + 1)), twice: project.twice };
  });
