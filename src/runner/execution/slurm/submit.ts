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
  /** The path of the file in the build that builds a bundle. */
  readonly entry: string;
  /** The file of the build that runs stages, in the same folder. */
  readonly worker: string;
}

/** The job gets a signal this long before its time is over, so that the stage writes a checkpoint. */
const WARNING_SECONDS = 90;

/** Slurm may send the signal a minute early, so a short job would get it when it starts. */
const LEAST_WITH_WARNING = 600;

export function argumentsOf(
  { token, tasks, wants, seconds, logs, root }: Submission,
  profile: Profile,
): readonly string[] {
  const { cpus, gpus, memory } = wants;
  const warned = seconds === undefined || seconds >= LEAST_WITH_WARNING;
  const jobs = { token, tasks, cpus, output: `${escaped(logs)}/%A_%a.log`, folder: root };
  return arrayArguments(jobs, profile, gpus > 0 ? 'gpu' : 'other', [
    ...(warned ? [`--signal=B:USR2@${WARNING_SECONDS}`] : []),
    ...(gpus > 0 ? [`--gres=gpu:${gpus}`] : []),
    ...(memory === undefined ? [] : [`--mem=${Math.ceil(memory / 1024)}K`]),
    ...(seconds === undefined ? [] : [`--time=${Math.max(1, Math.ceil(seconds / 60))}`]),
  ]);
}

/** What a profile adds to a submission. Jobs of another text may wait for something else. */
export function profileText({ partition, account, extra, setup, wrap }: Profile): string {
  return JSON.stringify([partition, account, extra, setup, wrap]);
}

/** Only jobs of arrays are found by their token, so a single job is an array too. */
export interface JobArray {
  readonly token: string;
  readonly tasks: number;
  readonly cpus: number;
  /** The file for what a job prints. Slurm replaces `%` and a letter in it. */
  readonly output: string;
  /** The current folder of the jobs. */
  readonly folder: string;
}

export function arrayArguments(
  { token, tasks, cpus, output, folder }: JobArray,
  { partition, account, extra }: Profile,
  sort: keyof Profile['partition'],
  more: readonly string[] = [],
): readonly string[] {
  const chosen = partition[sort];
  return [
    '--parsable',
    '--job-name=pipeline',
    `--comment=${token}`,
    `--array=0-${tasks - 1}`,
    '--requeue',
    '--open-mode=append',
    `--output=${output}`,
    `--chdir=${folder}`,
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${cpus}`,
    ...more,
    ...(chosen === undefined ? [] : [`--partition=${chosen}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    // These come last, so that they can replace any of the others.
    ...extra,
  ];
}

/** In a file name, Slurm replaces `%` and a letter. */
export function escaped(path: string): string {
  return path.replaceAll('%', '%%');
}

export function scriptOf(
  { orders, program: { node, entry } }: Submission,
  { setup, wrap }: Profile,
): string {
  // A module or an image brings its own Node.js.
  const brought = setup || wrap;
  const command = [brought ? 'node' : node, entry, orders].map(shellQuoted).join(' ');
  return scriptWith(setup, `${wrap ? `${wrap} ` : ''}${command} "$SLURM_ARRAY_TASK_ID"`);
}

/**
 * The command replaces the shell (`exec`), because a shell would act on a signal only after the
 * command has ended. A login shell knows the command `module`.
 */
export function scriptWith(setup: string | undefined, command: string): string {
  return [
    `#!/bin/bash${setup ? ' -l' : ''}`,
    'set -e',
    ...(setup ? [setup] : []),
    `exec ${command}`,
    '',
  ].join('\n');
}
