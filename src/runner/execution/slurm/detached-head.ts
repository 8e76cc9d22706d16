/** Makes the head of a run, the process that plans it and watches its jobs, a job of the cluster. */
import { join } from 'node:path';
import { ok, type Result } from '../../../base/result.ts';
import { shellQuoted } from '../../../base/shell-quoted.ts';
import type { Layout } from '../../store/layout.ts';
import type { Profile } from '../profile.ts';
import { headEnvironment } from './environment.ts';
import { taskName } from './queue.ts';
import type { Refusal, Slurm } from './slurm.ts';
import { arrayArguments, escaped, scriptWith } from './submit.ts';

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
  const { run, profile, folder, cpus, command } = head;
  const token = `head:${run}`;
  const job = { token, tasks: 1, cpus, output: escaped(headLog(head)), folder };
  const submitted = await slurm.submit(
    {
      token,
      args: arrayArguments(job, profile, 'other'),
      // Without the `wrap` of the profile: in a container there may be no Slurm.
      script: scriptWith(profile.setup, command.map(shellQuoted).join(' ')),
      environment: headEnvironment(head.environment),
    },
    signal,
  );
  if (!submitted.ok) return submitted;
  const queue = await slurm.queue();
  const jobs = queue.ok ? queue.value.get(taskName(token, 0)) : undefined;
  return ok(jobs?.[0]?.id);
}

/** What the head prints. */
export function headLog({ layout, run }: Pick<DetachedHead, 'layout' | 'run'>): string {
  return join(layout.run(run), 'head.log');
}
