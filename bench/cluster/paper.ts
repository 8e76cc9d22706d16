/**
 * Very many commands that do nothing, in bundles: what the plan and the head need, how often Slurm is called, and what
 * is left on the disk. bench/README.md computes from two sizes what a million stages would need.
 */
import { spawn } from 'node:child_process';
import { callsOf, checkSuccess, onCluster, type Scenario } from './scenario.ts';
import { type Left, leftIn, type Used, usedBy } from './usage.ts';

export const paper: Scenario = (given) =>
  onCluster(given, {}, async ({ cluster, project, head, faults, short, count, program }) => {
    const stages = count ?? (short ? 500 : 100_000);
    const numbers = Array.from({ length: stages }, (_, i) => i).join(', ');
    project.write(
      'pipeline.yaml',
      `stages: { part: { matrix: { i: [${numbers}] }, run: "echo \${matrix.i} >out", outputs: [out] } }\n`,
    );
    const plan = (): Promise<Used> => {
      const { folder } = project;
      const child = spawn(process.execPath, [program, 'plan'], { cwd: folder, stdio: 'ignore' });
      const ended = new Promise((resolve, reject) =>
        child.on('close', resolve).on('error', reject),
      );
      return usedBy(child.pid!, ended);
    };
    const firstPlan = await plan();
    const run = head();
    const used = usedBy(run.pid, run.ended);
    const orders = `${project.folder}/artifacts/store/orders`;
    let mostOrders: Left = { names: 0, megabytes: 0 };
    const timer = setInterval(() => {
      const now = leftIn(orders);
      if (now.megabytes > mostOrders.megabytes) mostOrders = now;
    }, 1000);
    const seconds = await checkSuccess(run, faults);
    const { executed } = run.finished ?? {};
    if (executed !== stages) faults.push(`${executed} of ${stages} stages were computed`);
    const started = new Set<string>();
    for (const event of run.events) {
      if (event.type !== 'stage-started') continue;
      if (started.has(event.stage)) faults.push(`${event.stage} was started twice`);
      started.add(event.stage);
    }
    const calls = callsOf(cluster);
    if (calls.sacct > 0) faults.push(`${calls.sacct} calls of sacct`);
    clearInterval(timer);
    const left = Object.fromEntries(
      ['store', 'runs', 'latest'].map((name) => [
        name,
        leftIn(`${project.folder}/artifacts/${name}`),
      ]),
    );
    if (leftIn(orders).names > 0) faults.push('orders are left');
    return {
      ...{ stages, firstPlan, head: await used, seconds, mostOrders },
      ...{ left, planAgain: await plan() },
    };
  });
