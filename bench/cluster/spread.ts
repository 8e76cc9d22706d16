/** Many stages on all nodes: how they are spread, and how often Slurm is called. */
import { callsOf, checkDone, checkSuccess, onCluster, type Scenario } from './scenario.ts';

const NODES = 3;
const CPUS = 4;

/** Stages of a second. */
export const spread: Scenario = (given) =>
  onCluster(given, { nodes: NODES, cpus: CPUS }, async (stage) => {
    const { cluster, project, head, faults, short } = stage;
    const [count, seconds] = short ? [60, 0.2] : [500, 1];
    project.writeParts(count, `sleep ${seconds}`);
    const took = await checkSuccess(head(), faults);
    const calls = callsOf(cluster);
    if (calls.sbatch > 10) faults.push(`${calls.sbatch} calls of sbatch`);
    if (calls.squeue > 30) faults.push(`${calls.squeue} calls of squeue`);
    if (calls.sacct > 0) faults.push(`${calls.sacct} calls of sacct`);
    const { byNode } = project;
    const fewest = Math.min(...[...cluster.nodes.keys()].map((name) => byNode[name] ?? 0));
    if (!short && fewest < 120) faults.push(`a node computed only ${fewest} stages`);
    const ideal = (count * seconds) / (NODES * CPUS);
    return { ...(await checkDone(stage, count + 1)), byNode, seconds: took, ideal };
  });

/** Stages that do nothing. */
export const empty: Scenario = (given) =>
  onCluster(given, { nodes: NODES, cpus: CPUS }, async (stage) => {
    const { cluster, project, head, faults, short } = stage;
    const count = short ? 100 : 1000;
    project.writeParts(count, 'true');
    const seconds = await checkSuccess(head(), faults);
    const calls = callsOf(cluster);
    if (calls.sbatch > 15) faults.push(`${calls.sbatch} calls of sbatch`);
    return { ...(await checkDone(stage, count + 1)), seconds };
  });
