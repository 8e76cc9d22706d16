/** The controller dies or does not answer while stages are out. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Head } from './head.ts';
import { checkDone, checkSuccess, onCluster, type Scenario, type Stage } from './scenario.ts';

/**
 * The controller is killed after a submission, and forgets it. Then other jobs get the same ids.
 * Their results must stay, and none of them may be taken for a stage.
 */
export const controllerKilled: Scenario = (given) =>
  onCluster(given, {}, async (stage) => {
    const { cluster, project, head, faults, short, count = short ? 1 : 20 } = stage;
    const parts = 24;
    let forgotten = 0;
    let named = 0;
    for (let time = 0; time < count; time++) {
      project.writeParts(parts, 'sleep 2', { round: time });
      const run = head();
      await run.until(async () => (await cluster.queue()).length > 0);
      const before = await cluster.queue();
      if (!short) await wait(1000);
      await cluster.controller.kill();
      if (!short) await wait(10_000);
      await cluster.controller.start();
      const after = await cluster.queue();
      if (before.some((line) => !after.some((other) => sameJob(line, other)))) forgotten++;
      const foreign = `foreign-${time}`;
      const script = `sleep 3; echo done >>'${project.folder}/${foreign}'`;
      const array = ['--parsable', '--array=0-3', '-o', '/dev/null', '--wrap', script];
      await cluster.slurm('sbatch', ...array);
      // All nodes may be drained. Then the head says so, and the administrator helps.
      await run.until(() => namesNodes(run));
      if (run.isRunning) named++;
      while (run.isRunning) {
        await cluster.controller.resumeDrained();
        await wait(500);
      }
      await checkSuccess(run, faults);
      while ((await cluster.queue()).length > 0) {
        await cluster.controller.resumeDrained();
        await startRequeued(stage);
        await wait(500);
      }
      const kept = project.read(foreign)?.split('\n').filter(Boolean).length ?? 0;
      if (kept !== 4) faults.push(`${4 - kept} foreign jobs did not end`);
    }
    const done = await checkDone(stage, count * (parts + 1));
    return { ...done, kills: count, forgotten, named };
  });

/**
 * If a node has a forgotten job with the id of a new one, Slurm requeues the new one, and holds it or waits for two
 * minutes. The head starts its own jobs. This starts the foreign ones, and those of a head that has ended.
 */
async function startRequeued({ cluster }: Stage): Promise<void> {
  const queue = await cluster.slurm('squeue', '-h', '-r', '-t', 'PD', '-o', '%i|%r');
  for (const line of queue.split('\n')) {
    const [id, reason] = line.split('|');
    const isHeld = /^launch failed/.test(reason ?? '');
    if (!isHeld && reason !== 'BeginTime') continue;
    const words = isHeld ? ['release', id!] : ['update', `jobid=${id}`, 'StartTime=now'];
    // It may have begun meanwhile.
    await cluster.slurm('scontrol', ...words).catch(() => '');
  }
}

function namesNodes({ events }: Head): boolean {
  return events.some(
    (event) => event.type === 'warning' && /does not use n.*Duplicate jobid/.test(event.message),
  );
}

function sameJob(one: string, other: string): boolean {
  const [id, , comment] = one.split(' ');
  const [otherId, , otherComment] = other.split(' ');
  return id === otherId && comment === otherComment;
}

/** For a while, the controller answers nobody. */
export const controllerFrozen: Scenario = (given) =>
  onCluster(given, {}, async (stage) => {
    const { cluster, project, head, faults, short } = stage;
    const parts = short ? 12 : 60;
    project.writeParts(parts, 'sleep 1');
    const run = head();
    await run.until(() => project.count('end') > 0);
    cluster.controller.freeze();
    await wait(short ? 12_000 : 40_000);
    cluster.controller.thaw();
    await checkSuccess(run, faults);
    const warnings = run.events.filter(({ type }) => type === 'warning').length;
    if (warnings > 1) faults.push(`${warnings} warnings`);
    return { ...(await checkDone(stage, parts + 1)), warnings };
  });
