/** What a running stage prints is seen soon: in the events of the head, and by `pipeline log`. */
import { setTimeout as wait } from 'node:timers/promises';
import { onCluster, type Scenario } from './scenario.ts';

export const logs: Scenario = (given) =>
  onCluster(given, { nodes: 1 }, async ({ project, head, faults, pipeline }) => {
    const go = `${project.folder}/go`;
    project.write(
      'pipeline.yaml',
      `stages:
  talks:
    run: "echo first; while [ ! -e '${go}-1' ]; do sleep 0.1; done; echo second; while [ ! -e '${go}-2' ]; do sleep 0.1; done; echo third; echo >out"
    outputs: [out]
`,
    );
    const run = head();
    const seen = (text: string): boolean =>
      run.events.some((event) => event.type === 'stage-log' && event.message.includes(text));
    await run.until(() => seen('first'));
    const began = performance.now();
    project.write('go-1', '');
    await run.until(() => seen('second'));
    const withHead = (performance.now() - began) / 1000;
    run.signal('SIGKILL');
    await run.ended;
    const now = performance.now();
    project.write('go-2', '');
    let text = '';
    while (!text.includes('third')) {
      ({ text } = await pipeline('log', 'talks'));
      if (performance.now() - now > 60_000) {
        faults.push(`without a head, "pipeline log" printed: ${text}`);
        break;
      }
      await wait(100);
    }
    return { withHead, withoutHead: (performance.now() - now) / 1000 };
  });
