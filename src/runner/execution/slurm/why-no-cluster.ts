/** Asked before a run begins, because otherwise each of its stages fails with the same message. */
import { programOnPath } from '../../../base/program-on-path.ts';
import type { Plan } from '../plan.ts';
import type { Profile } from '../profile.ts';
import { isLocal } from './local-stages.ts';

/** Without these, jobs can't be submitted, watched or stopped. */
const COMMANDS = ['sbatch', 'squeue', 'scancel', 'scontrol'] as const;

export interface NoCluster {
  readonly message: string;
  readonly advice: string;
}

export function noCommand(command: string): NoCluster {
  return {
    message: absent(command),
    advice: 'run this on a machine from which jobs can be submitted, or without a profile',
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Why the stages that must run can't be sent. Undefined if they can, or if they all stay here. */
export function whyNoCluster(
  { local }: Pick<Profile, 'local'>,
  { decisions }: Pick<Plan, 'decisions'>,
  environment: Environment,
): NoCluster | undefined {
  const command = missingCommand(environment);
  if (command === undefined) return undefined;
  const isSent = [...decisions].some(([id, { kind }]) => kind !== 'hit' && !isLocal(local, id));
  return isSent ? noCommand(command) : undefined;
}

/** The first command of Slurm that is not on the PATH. */
export function missingCommand({ PATH = '' }: Environment): string | undefined {
  return COMMANDS.find((command) => programOnPath(command, PATH) === undefined);
}

export function absent(command: string): string {
  return `there is no command "${command}" on the PATH`;
}
