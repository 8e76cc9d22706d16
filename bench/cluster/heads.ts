/** The head is killed, interrupted, or is not the only one. */
import { setTimeout as wait } from 'node:timers/promises';
import { Random } from '../robust/random.ts';
import type { Head } from './head.ts';
import { checkDone, checkSuccess, onCluster, type Scenario } from './scenario.ts';

/** Killed at random times. The next head takes up what is out. */
export const headKilled: Scenario = (given) =>
  onCluster(given, {}, async (stage) => {
    const { project, head, faults, short, seed, count = short ? 3 : 20 } = stage;
    const random = new Random(seed);
    const parts = short ? 36 : 240;
    project.writeParts(parts, 'sleep 1');
    for (let time = 0; time < count; time++) {
      const run = head();
      // Before, during or after a submission, or when some more stages have ended.
      if (random.next() < 0.3) await wait(random.next() * 1500);
      else {
        const ends = project.count('end') + random.below(Math.ceil(parts / count));
        await run.until(() => project.count('end') > ends);
      }
      run.signal('SIGKILL');
      await run.ended;
      if (!short && time % 5 === 4) await wait(30_000);
    }
    await checkSuccess(head(), faults);
    return { ...(await checkDone(stage, parts + 1)), kills: count };
  });

/** Two heads at once in one folder. In the full form, nodes see the store late, as on NFS. */
export const twoHeads: Scenario = (given) =>
  onCluster(given, given.short ? {} : { stale: { seconds: 10, folder: '' } }, async (stage) => {
    const { project, head, faults, short } = stage;
    const parts = short ? 24 : 60;
    project.writeParts(parts, 'sleep 1');
    const heads = [head(), head()];
    for (const run of heads) await checkSuccess(run, faults);
    return checkDone(stage, parts + 1);
  });

/** Ctrl-C once leaves the jobs, twice cancels them. */
export const interrupted: Scenario = (given) =>
  onCluster(given, {}, async (stage) => {
    const { cluster, project, head, faults } = stage;
    const parts = 24;
    project.writeParts(parts, 'sleep 2');
    const left = head();
    await left.until(() => project.count('begin') > 4);
    const before = project.count('end');
    left.signal('SIGINT');
    const end = await left.ended;
    if (end.code !== 130) faults.push(`Ctrl-C: exit code ${end.code}`);
    if (!/Ctrl-C|pipeline run/.test(end.errors)) faults.push(`Ctrl-C: it said ${end.errors}`);
    while ((await cluster.queue()).length > 0) await wait(100);
    if (project.count('end') === before) faults.push('no job went on without a head');
    await checkSuccess(head(), faults);
    const done = await checkDone(stage, parts + 1);

    project.writeParts(parts, 'sleep 1000');
    const cancelled = head();
    const begun = project.count('begin');
    await cancelled.until(() => project.count('begin') > begun + 4);
    cancelled.signal('SIGINT');
    await saysSo(cancelled);
    cancelled.signal('SIGINT');
    const { code } = await cancelled.ended;
    if (code !== 130) faults.push(`Ctrl-C twice: exit code ${code}`);
    while ((await cluster.queue()).length > 0) await wait(100);
    return done;
  });

async function saysSo(head: Head): Promise<void> {
  await head.until(() => head.errors !== '');
}
