/**
 * A stage that writes checkpoints, on jobs that end early. It ends with the bytes of an undisturbed run, and computes
 * little again.
 */
import type { Head } from './head.ts';
import { checkDone, checkSuccess, onCluster, type Scenario, type Stage } from './scenario.ts';

/** Jobs of higher priority, then a node that dies. */
export const checkpoints: Scenario = (given) =>
  onCluster(given, { nodes: 2, cpus: 1 }, async (stage) => {
    const { cluster, head, faults, short } = stage;
    const steps = new Steps(stage, short ? 14 : 60, short ? 2 : 5);
    steps.write(short ? '' : 'resources: { time: 1m }');
    const run = head();
    // Jobs of higher priority take all nodes.
    for (let time = 0; time < (short ? 1 : 2); time++) {
      await steps.untilCheckpoint(run);
      const jobs = ['n1', 'n2'].map((node) =>
        cluster.slurm('sbatch', '-p', 'urgent', '-w', node, '-o', '/dev/null', '--wrap', 'sleep 2'),
      );
      await Promise.all(jobs);
      const begun = steps.hosts.length;
      await run.until(() => steps.hosts.length > begun);
    }
    await steps.untilCheckpoint(run);
    const last = steps.hosts.at(-1);
    if (run.isRunning && last !== undefined) await cluster.node(last).drop();
    steps.mayEnd();
    const done = await steps.check(run);
    if (new Set(steps.hosts).size < 2) faults.push('it was never resumed on another node');
    return done;
  });

/** It takes longer than its job may. */
export const timeLimit: Scenario = (given) =>
  onCluster(given, { nodes: 1, cpus: 1 }, async (stage) => {
    const steps = new Steps(stage, 150, 5);
    steps.write('resources: { time: 1m }');
    steps.mayEnd();
    const done = await steps.check(stage.head());
    if (done.killed === 0) stage.faults.push('no job reached its time limit');
    return done;
  });

/** A stage that writes no checkpoints gets twice the time, then four times, and then fails. */
export const timeTooShort: Scenario = (given) =>
  onCluster(given, { nodes: 1, cpus: 1 }, async ({ project, head, faults }) => {
    project.write(
      'pipeline.yaml',
      'stages: { limited: { run: sleep 1000, outputs: [out], resources: { time: 1m } } }\n',
    );
    const { events, ended } = head();
    const { seconds } = await ended;
    const started = events.filter(({ type }) => type === 'stage-started').length;
    if (started !== 3) faults.push(`it was started ${started} times`);
    const failed = events.find((event) => event.type === 'stage-failed');
    const kind = failed?.type === 'stage-failed' ? failed.failure.kind : undefined;
    if (kind !== 'time-limit') faults.push(`it failed with ${kind}`);
    // Slurm may notice each limit half a minute late.
    if (seconds > 7 * 60 + 3 * 45) faults.push(`it took ${seconds} s`);
    return { seconds };
  });

/** A stage that counts the seconds. */
class Steps {
  private readonly stage: Stage;
  private readonly steps: number;
  private readonly each: number;

  /** A checkpoint is written after `each` steps. */
  constructor(stage: Stage, steps: number, each: number) {
    this.stage = stage;
    this.steps = steps;
    this.each = each;
  }

  /** `more`: a line of YAML. */
  write(more: string): void {
    const { project } = this.stage;
    const body = [
      'state=$PIPELINE_CHECKPOINTS/state',
      '[ -e $state ] && read i <$state || i=0',
      `while [ $i -lt ${this.steps} ]`,
      `do sleep 1; i=$((i+1)); echo $i >>'${project.folder}/steps.log'`,
      `if [ $((i % ${this.each})) = 0 ]; then echo $i >$state.new; mv $state.new $state; fi`,
      'done',
      `until [ -e '${project.folder}/may-end' ]; do sleep 0.1; done`,
      'seq $i >out',
    ].join('; ');
    project.write(
      'pipeline.yaml',
      `stages:
  long:
    run: ${JSON.stringify(project.logged('long', body))}
    outputs: [out]
    retry: { times: 3, wait: 1s }
    ${more}
`,
    );
  }

  /** Without this, it waits after its last step, because a busy cluster may disturb it late. */
  mayEnd(): void {
    this.stage.project.write('may-end', '');
  }

  /** Where it was started, each time. */
  get hosts(): readonly string[] {
    return this.stage.project.lines.map(({ host }) => host);
  }

  async untilCheckpoint(run: Head): Promise<void> {
    const target = Math.min(this.done + this.each + 1, this.steps);
    await run.until(() => this.done >= target);
  }

  async check(run: Head) {
    const { project, faults } = this.stage;
    await checkSuccess(run, faults);
    const done = await checkDone(this.stage, 1);
    const out = project.read('artifacts/latest/long/out');
    const expected = Array.from({ length: this.steps }, (_, i) => `${i + 1}\n`).join('');
    if (out !== expected) faults.push('the result differs from that of an undisturbed run');
    const again = this.done - this.steps;
    if (again > done.killed * (this.each + 5)) faults.push(`${again} steps were computed again`);
    return { ...done, steps: this.done, again, places: [...new Set(this.hosts)] };
  }

  /** Those that were computed twice count twice. */
  private get done(): number {
    return this.stage.project.read('steps.log')?.split('\n').filter(Boolean).length ?? 0;
  }
}
