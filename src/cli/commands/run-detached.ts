/** `pipeline run --detach`: the run becomes a job of the cluster, and this command ends. */
import { mkdirSync } from 'node:fs';
import { relative } from 'node:path';
import { isSystemError } from '../../base/system-error.ts';
import { headLog, type Profile, SlurmCommands, sendHead } from '../../runner/index.ts';
import { exitCodes, type Host } from '../host.ts';
import { reportNoCluster } from '../profile-options.ts';
import { fold } from '../render/text.ts';
import { type Opened, reportErrors } from '../selection-options.ts';
import type { RunCommandOptions } from './run-options.ts';

export async function runDetached(
  host: Host,
  { jobs }: RunCommandOptions,
  { project: { layout }, prepared, notes }: Opened,
  run: string,
  profile: Profile,
): Promise<number> {
  const { counts } = prepared.plan;
  for (const note of notes) host.stdout.write(`${fold(note, host.columns)}\n`);
  if (counts.run + counts.pending === 0) {
    host.stdout.write(`nothing to run, ${counts.hit} up to date\n`);
    return exitCodes.done;
  }
  const problem = await reportNoCluster(host, profile, prepared.plan);
  if (problem !== undefined) return problem;
  try {
    mkdirSync(layout.run(run), { recursive: true });
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    return reportErrors(host, `the run can't be stored: ${problem.message}`);
  }
  const [node, script, name, ...words] = host.command.filter((word) => word !== '--detach');
  const own = ['--as-run', run, ...(jobs === undefined ? ['--jobs', '1'] : [])];
  const command = [node!, script!, name!, ...own, ...words];
  const { environment, folder } = host;
  const warn = (message: string): void => void host.stderr.write(`warning: ${message}\n`);
  const slurm = new SlurmCommands({ environment: definedIn(environment), warn });
  const head = { run, layout, profile, command, folder, cpus: jobs ?? 1, environment };
  const sent = await sendHead(head, slurm, host.signal);
  if (!sent.ok) {
    const { error } = sent;
    if (error.kind === 'stopped') return exitCodes.interrupted;
    const refused = error.kind === 'refused' ? 'Slurm refused the job: ' : '';
    return reportErrors(host, `${refused}${error.message}`);
  }
  const job = sent.value?.replace(/_0$/, '');
  const lines = [
    `run ${run} is now ${job === undefined ? 'a job' : `job ${job}`} of Slurm`,
    `its output: ${relative(folder, headLog(head)) || '.'}`,
    'to follow it: pipeline ui, pipeline log STAGE, pipeline runs',
    ...(job === undefined ? [] : [`to end it: scancel ${job} (jobs with stages continue)`]),
  ];
  host.stdout.write(`${lines.join('\n')}\n`);
  return exitCodes.done;
}

function definedIn(environment: Host['environment']): Record<string, string> {
  const defined = Object.entries(environment).filter((entry) => entry[1] !== undefined);
  return Object.fromEntries(defined) as Record<string, string>;
}
