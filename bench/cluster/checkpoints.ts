/**
 * A stage that writes checkpoints, on jobs that end early: its time limit, jobs of higher priority,
 * a node that dies. It ends with the bytes of an undisturbed run, and computes little again.
 */
import { checkDone, checkSuccess, onCluster, type Scenario } from './scenario.ts';

export const checkpoints: Scenario = (given) =>
  onCluster(given, { nodes: 2, cpus: 1 }, async (stage) => {
    const { cluster, project, head, faults, short } = stage;
    const [steps, each] = short ? [14, 2] : [60, 5];
    const steplog = `${project.folder}/steps.log`;
    const body = [
      'state=$PIPELINE_CHECKPOINTS/state',
      '[ -e $state ] && read i <$state || i=0',
      `while [ $i -lt ${steps} ]; do sleep 1; i=$((i+1)); echo $i >>'${steplog}'`,
      `if [ $((i % ${each})) = 0 ]; then echo $i >$state.new; mv $state.new $state; fi; done`,
      'seq $i >out',
    ].join('; ');
    const time = short ? '' : 'resources: { time: 1m }';
    project.write(
      'pipeline.yaml',
      `stages:
  long:
    run: ${JSON.stringify(project.logged('long', body.replace('; if', ' ; if')))}
    outputs: [out]
    retry: { times: 3, wait: 1s }
    ${time}
`,
    );
    const stepsDone = (): number =>
      project.read('steps.log')?.split('\n').filter(Boolean).length ?? 0;
    const run = head();
    const hosts = (): readonly string[] => project.lines.map(({ host }) => host);
    // Jobs of higher priority take all nodes.
    for (let time = 0; time < (short ? 1 : 2); time++) {
      const target = stepsDone() + each + 1;
      await run.until(() => stepsDone() >= target);
      const jobs = ['n1', 'n2'].map((node) =>
        cluster.slurm('sbatch', '-p', 'urgent', '-w', node, '-o', '/dev/null', '--wrap', 'sleep 2'),
      );
      await Promise.all(jobs);
      const begun = hosts().length;
      await run.until(() => hosts().length > begun);
    }
    const target = stepsDone() + each + 1;
    await run.until(() => stepsDone() >= target);
    const last = hosts().at(-1);
    if (run.isRunning && last !== undefined) await cluster.node(last).drop();
    await checkSuccess(run, faults);
    const done = await checkDone(stage, 1);
    const out = project.read('artifacts/latest/long/out');
    const expected = Array.from({ length: steps }, (_, i) => `${i + 1}\n`).join('');
    if (out !== expected) faults.push('the result differs from that of an undisturbed run');
    const again = stepsDone() - steps;
    if (again > done.killed * (each + 5)) faults.push(`${again} steps were computed again`);
    const places = new Set(hosts());
    if (places.size < 2) faults.push('it was never resumed on another node');
    return { ...done, steps: stepsDone(), again, places: [...places] };
  });
