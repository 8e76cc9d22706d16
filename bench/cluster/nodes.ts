/** A node dies or freezes while stages run on it. */
import { setTimeout as wait } from 'node:timers/promises';
import { checkDone, checkSuccess, onCluster, type Scenario, type Stage } from './scenario.ts';

const CPUS = 4;

async function untilRunningOn({ project }: Stage, name: string): Promise<void> {
  const isRunning = (): boolean => {
    const on = project.lines.filter(({ host }) => host === name);
    const of = (what: string): number => on.filter((line) => line.what === what).length;
    return of('begin') > of('end');
  };
  while (!isRunning()) await wait(20);
}

/** The node loses its power. In the short form, Slurm is notified, and the node does not come back. */
export const nodeKilled: Scenario = (given) =>
  onCluster(given, { cpus: CPUS }, async (stage) => {
    const { cluster, project, head, faults, short } = stage;
    const parts = short ? 36 : 120;
    project.writeParts(parts, 'sleep 1');
    const node = cluster.node('n2');
    const lost: number[] = [];
    for (const [round, comesBack] of (short ? [false] : [true, false]).entries()) {
      const before = project.lines.length;
      project.writeParts(parts, 'sleep 1', { round });
      const run = head();
      await run.until(() => project.lines.length > before + 4);
      await untilRunningOn(stage, 'n2');
      await (short ? node.drop() : node.kill());
      if (comesBack) await node.start();
      await checkSuccess(run, faults);
      lost.push(project.count('begin') - project.count('end'));
    }
    const done = await checkDone(stage, parts * lost.length + lost.length);
    // Each cpu of the node had one stage.
    if (done.killed > CPUS * lost.length) faults.push(`${done.killed} stages were lost`);
    return { ...done, lost };
  });

/**
 * The node is frozen until Slurm gives it up, and continues later. Its stages run to their end
 * although they were also started elsewhere, so they may be computed twice.
 */
export const nodeFrozen: Scenario = (given) =>
  onCluster(given, { cpus: CPUS }, async (stage) => {
    const { cluster, project, head, faults } = stage;
    const parts = 60;
    project.writeParts(parts, 'sleep 2');
    const node = cluster.node('n3');
    const run = head();
    await run.until(() => project.count('begin') >= CPUS);
    await untilRunningOn(stage, 'n3');
    node.freeze();
    await node.untilGivenUp();
    await run.until(() => project.count('end') > parts / 2);
    node.thaw();
    await checkSuccess(run, faults);
    const twice = project.twice.length;
    if (twice > CPUS) faults.push(`${twice} stages were computed twice`);
    const own: string[] = [];
    await checkDone({ ...stage, faults: own }, parts + 1);
    faults.push(...own.filter((fault) => !/computed/.test(fault)));
    return { computed: project.count('end'), twice };
  });
