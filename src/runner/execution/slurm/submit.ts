/** A submission as arguments and script of `sbatch`. Pure. */
import { shellQuoted } from '../../../base/shell-quoted.ts';
import type { Profile } from '../profile.ts';
import type { Wants } from './wants.ts';

export interface Submission {
  /** The comment of its jobs, by which they are found in the queue. */
  readonly token: string;
  /** The number of bundles. Each is one job of the array. */
  readonly tasks: number;
  readonly wants: Wants;
  /** Seconds for a whole bundle. Undefined for the default of the partition. */
  readonly seconds?: number;
  /** The file with the orders. */
  readonly orders: string;
  /** A folder for what the jobs print. */
  readonly logs: string;
  /** The folder of the pipeline. */
  readonly root: string;
  readonly program: NodeProgram;
}

/** How a node starts the program. */
export interface NodeProgram {
  /** The path of Node.js. */
  readonly node: string;
  /** The path of the file in the build that works off a bundle. */
  readonly entry: string;
  /** The file of the build that runs stages, in the same folder. */
  readonly worker: string;
}

/** The job is told this long before its time is over, so that the stage writes a checkpoint. */
const WARNING_SECONDS = 90;

/** Slurm may send the signal a minute early, so a short job would get it when it starts. */
const LEAST_WITH_WARNING = 600;

export function argumentsOf(
  { token, tasks, wants, seconds, logs, root }: Submission,
  { partition, account, extra }: Profile,
): readonly string[] {
  const { cpus, gpus, memory } = wants;
  const chosen = gpus > 0 ? partition.gpu : partition.other;
  const warned = seconds === undefined || seconds >= LEAST_WITH_WARNING;
  return [
    '--parsable',
    '--job-name=pipeline',
    `--comment=${token}`,
    `--array=0-${tasks - 1}`,
    '--requeue',
    '--open-mode=append',
    `--output=${escaped(logs)}/%A_%a.log`,
    `--chdir=${root}`,
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    ...(warned ? [`--signal=B:USR2@${WARNING_SECONDS}`] : []),
    ...(gpus > 0 ? [`--gres=gpu:${gpus}`] : []),
    ...(memory === undefined ? [] : [`--mem=${Math.ceil(memory / 1024)}K`]),
    ...(seconds === undefined ? [] : [`--time=${Math.max(1, Math.ceil(seconds / 60))}`]),
    ...(chosen === undefined ? [] : [`--partition=${chosen}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    // These come last, so that they can replace any of the others.
    ...extra,
  ];
}

/** In a file name, Slurm replaces `%` and a letter. */
function escaped(path: string): string {
  return path.replaceAll('%', '%%');
}

/**
 * The program replaces the shell (`exec`), because a shell would act on a signal only after the
 * program has ended.
 */
export function scriptOf(
  { orders, program: { node, entry } }: Submission,
  { setup, wrap }: Profile,
): string {
  // A module or an image brings its own Node.js. A login shell knows the command `module`.
  const brought = setup || wrap;
  const command = [brought ? 'node' : node, entry, orders].map(shellQuoted).join(' ');
  return [
    `#!/bin/bash${setup ? ' -l' : ''}`,
    'set -e',
    ...(setup ? [setup] : []),
    `exec ${wrap ? `${wrap} ` : ''}${command} "$SLURM_ARRAY_TASK_ID"`,
    '',
  ].join('\n');
}
