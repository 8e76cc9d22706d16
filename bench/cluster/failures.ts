/** Each way in which a stage fails on a cluster has its own kind of failure and its own advice. */
import type { Failure } from '../../src/runner/execution/failure.ts';
import type { Head } from './head.ts';
import { onCluster, type Scenario } from './scenario.ts';

export const failures: Scenario = (given) =>
  onCluster(given, {}, async ({ cluster, project, head, faults }) => {
    const kinds: Record<string, string | undefined> = {};
    const expects = (what: string, run: Head, stage: string, kind: Failure['kind']): void => {
      const failed = run.events.find(
        (event) => event.type === 'stage-failed' && event.stage === stage,
      );
      const failure = failed?.type === 'stage-failed' ? failed.failure : undefined;
      kinds[what] = failure && `${failure.kind}: ${'message' in failure ? failure.message : ''}`;
      if (failure?.kind !== kind) faults.push(`${what}: ${JSON.stringify(failure)}`);
      if (failure && 'advice' in failure && !failure.advice) faults.push(`${what}: no advice`);
    };
    project.write(
      'pipeline.yaml',
      `
profiles: { nowhere: { executor: slurm, partition: nowhere } }
stages:
  exits: { run: "exit 3", outputs: [out] }
  slow: { run: sleep 1000, outputs: [out], timeout: 2s }
  cancelled: { run: ${JSON.stringify(project.logged('cancelled', 'sleep 1000'))}, outputs: [out] }
`,
    );
    const run = head('--keep-going');
    await run.until(() => project.count('begin') === 1);
    await run.until(() => run.events.filter(({ type }) => type === 'stage-failed').length >= 2);
    for (const line of await cluster.queue()) await cluster.slurm('scancel', line.split(' ')[0]!);
    await run.ended;
    expects('an exit code', run, 'exits', 'stage');
    expects('its timeout', run, 'slow', 'timeout');
    expects('scancel outside of the run', run, 'cancelled', 'cancelled');
    const refused = head('exits', '--profile', 'nowhere');
    await refused.ended;
    expects('an unknown partition', refused, 'exits', 'rejected');
    return { kinds };
  });

/** The controller is away. The run says so and continues when it is back. */
export const noSlurm: Scenario = (given) =>
  onCluster(given, { nodes: 1 }, async ({ cluster, project, head, faults }) => {
    project.writeParts(1, 'true');
    await cluster.controller.kill();
    const began = performance.now();
    const waiting = head();
    await waiting.until(() => waiting.has('warning'));
    const silent = (performance.now() - began) / 1000;
    if (!waiting.has('warning')) faults.push(`no warning: ${waiting.errors}`);
    await cluster.controller.start();
    const { code } = await waiting.ended;
    if (code !== 0) faults.push(`it ended with ${code}`);
    return { silent };
  });
