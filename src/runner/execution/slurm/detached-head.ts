/** Sends a whole run to the cluster: the process that plans it and watches its jobs becomes a job itself. */
import { join } from 'node:path';
import { ok, type Result } from '../../../base/result.ts';
import { shellQuoted } from '../../../base/shell-quoted.ts';
import type { Layout } from '../../store/layout.ts';
import type { Profile } from '../profile.ts';
import { taskName } from './queue.ts';
import type { Refusal, Slurm } from './slurm.ts';

export interface DetachedHead {
  readonly run: string;
  readonly layout: Layout;
  readonly profile: Profile;
  /** Node.js, the program and its arguments. */
  readonly command: readonly string[];
  /** The current folder, to which paths in the arguments are relative. */
  readonly folder: string;
  readonly cpus: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Returns the id of the job, for people. Undefined if the queue can't be read. */
export async function sendHead(
  head: DetachedHead,
  slurm: Slurm,
  signal: AbortSignal,
): Promise<Result<string | undefined, Refusal>> {
  const token = `head:${head.run}`;
  const submitted = await slurm.submit(
    {
      token,
      args: headArguments(head, token),
      script: headScript(head),
      environment: headEnvironment(head.environment),
    },
    signal,
  );
  if (!submitted.ok) return submitted;
  const jobs = (await slurm.queue())?.get(taskName(token, 0));
  return ok(jobs?.[0]?.id);
}

/** What the head prints. */
export function headLog({ layout, run }: Pick<DetachedHead, 'layout' | 'run'>): string {
  return join(layout.run(run), 'head.log');
}

/** An array of one job, because only jobs of arrays are found by their token. */
export function headArguments(
  { profile: { partition, account, extra }, folder, cpus, ...of }: DetachedHead,
  token: string,
): readonly string[] {
  const { other } = partition;
  return [
    '--parsable',
    '--job-name=pipeline',
    `--comment=${token}`,
    '--array=0',
    '--requeue',
    '--open-mode=append',
    `--output=${headLog(of).replaceAll('%', '%%')}`,
    `--chdir=${folder}`,
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    ...(other === undefined ? [] : [`--partition=${other}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...extra,
  ];
}

/** Without the `wrap` of the profile: in a container there may be no Slurm. */
export function headScript({ command, profile: { setup } }: DetachedHead): string {
  return [
    `#!/bin/bash${setup ? ' -l' : ''}`,
    'set -e',
    ...(setup ? [setup] : []),
    `exec ${command.map(shellQuoted).join(' ')}`,
    '',
  ].join('\n');
}

/**
 * The variables of the user, because the pipeline may use any of them. Those of a job that this
 * process is in would change the new one.
 */
function headEnvironment(environment: DetachedHead['environment']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    const isOfJob = /^(?:SLURM|SLURMD|SBATCH|SRUN)_/.test(name) && name !== 'SLURM_CONF';
    if (value !== undefined && !isOfJob) kept[name] = value;
  }
  return kept;
}
