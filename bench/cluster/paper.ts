/**
 * Very many commands that do nothing, in bundles: what the plan and the head need, how often Slurm is called, and what
 * is left on the disk. bench/README.md computes from two sizes what a million stages would need.
 */
import { spawn } from 'node:child_process';
import { callsOf, checkSuccess, onCluster, type Scenario } from './scenario.ts';
import { filesIn, type Used, usedBy } from './usage.ts';

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
    const { folder } = project;
    const left = filesIn(`${folder}/artifacts`, ['store', 'runs', 'latest']);
    if (filesIn(`${folder}/artifacts/store`, ['orders']).orders !== 0)
      faults.push('orders are left');
    return { stages, firstPlan, head: await used, seconds, left, planAgain: await plan() };
  });
