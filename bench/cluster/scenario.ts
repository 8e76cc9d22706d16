/** What the scenarios share: a cluster, a project, and the checks after every run. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Cluster, type StartOptions } from '../../test/cluster/cluster.ts';
import { Head } from './head.ts';
import { Workspace } from './workspace.ts';

export interface Given {
  /** `dist/main.js`. */
  readonly program: string;
  /** A temporary folder. */
  readonly root: string;
  /** A form for the tests, which takes less time. */
  readonly short: boolean;
  /** How often a scenario repeats what happens at random. */
  readonly count?: number | undefined;
  readonly seed: number;
}

export interface Report {
  readonly faults: readonly string[];
  readonly [count: string]: unknown;
}

export type Scenario = (given: Given) => Promise<Report>;

export interface Stage extends Given {
  readonly cluster: Cluster;
  readonly project: Workspace;
  readonly faults: string[];
  /** Starts `pipeline run --executor slurm` with these words. */
  readonly head: (...words: readonly string[]) => Head;
  /** Runs another command of the program. Returns what it prints. */
  readonly pipeline: (...words: readonly string[]) => Promise<Printed>;
}

export interface Printed {
  readonly code: number;
  readonly text: string;
}

/** Calls `play` with a new cluster and an empty project. Removes both at the end. */
export async function onCluster(
  given: Given,
  options: StartOptions,
  play: (stage: Stage) => Promise<Omit<Report, 'faults'>>,
): Promise<Report> {
  const project = new Workspace(given.root);
  const { stale } = options;
  // The store must exist before a node can see it through a cache.
  if (stale) project.write('artifacts/.keep', '');
  const staleFolder = stale && { ...stale, folder: `${project.folder}/artifacts` };
  const cluster = await Cluster.start({ ...options, ...(staleFolder && { stale: staleFolder }) });
  const faults: string[] = [];
  const heads: Head[] = [];
  const { environment } = cluster;
  const { program } = given;
  const { folder } = project;
  try {
    const report = await play({
      ...given,
      cluster,
      project,
      faults,
      head: (...words) => {
        const named = words.some((word) => word === '--profile');
        const all = named ? words : ['--executor', 'slurm', ...words];
        const head = new Head({ program, folder, environment }, ...all);
        heads.push(head);
        return head;
      },
      pipeline: (...words) => printed(program, words, { cwd: folder, env: environment }),
    });
    return { ...report, calls: callsOf(cluster), faults };
  } finally {
    for (const head of heads) head.signal('SIGKILL');
    await Promise.all(heads.map(({ ended }) => ended));
    await cluster.stop();
    project.remove();
  }
}

/** How often the head and its jobs called the commands of Slurm. */
export function callsOf({ commands }: Cluster) {
  const calls = { sbatch: 0, squeue: 0, scancel: 0, scontrol: 0, sacct: 0 };
  for (const name of Object.keys(calls) as (keyof typeof calls)[])
    calls[name] = commands.calls(name);
  return calls;
}

export async function printed(
  program: string,
  words: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Printed> {
  const ran = await promisify(execFile)(process.execPath, [program, ...words], options).then(
    ({ stdout, stderr }) => ({ code: 0, text: `${stdout}${stderr}` }),
    (problem: { code?: unknown; stdout?: string; stderr?: string }) => {
      if (typeof problem.code !== 'number') throw problem;
      return { code: problem.code, text: `${problem.stdout}${problem.stderr}` };
    },
  );
  return ran;
}

/** Everything is up to date and whole, each stage was computed once, and nothing is left at Slurm. */
export async function checkDone(
  { project, faults, pipeline, cluster }: Stage,
  total: number,
): Promise<{ readonly computed: number; readonly killed: number }> {
  const { twice } = project;
  for (const stage of twice) faults.push(`${stage} was computed twice`);
  const computed = project.count('end');
  if (computed - twice.length !== total)
    faults.push(`${computed} of ${total} stages were computed`);
  const plan = await pipeline('plan', '--exit-code', '--json');
  if (plan.code !== 0) faults.push(`the plan has stages to run: ${plan.text.slice(-500)}`);
  const verified = await pipeline('verify');
  if (verified.code !== 0) faults.push(`verify: ${verified.text.slice(-500)}`);
  const queue = (await cluster.queue()).filter((line) => !/COMPLETING/.test(line));
  if (queue.length > 0) faults.push(`left at Slurm: ${queue.slice(0, 5).join('; ')}`);
  return { computed, killed: project.count('begin') - computed };
}

/** Waits for the end of a head that must succeed. */
export async function checkSuccess(head: Head, faults: string[]): Promise<number> {
  const { code, errors, seconds } = await head.ended;
  if (code !== 0)
    faults.push(`the head ended with ${code}: ${whatFailed(head)} ${errors.slice(-500)}`);
  return seconds;
}

function whatFailed({ events }: Head): string {
  const failed = events.flatMap((event) => (event.type === 'stage-failed' ? [event] : []));
  return failed
    .slice(0, 3)
    .map(({ stage, failure }) => `${stage}: ${JSON.stringify(failure)}`)
    .join('; ');
}
