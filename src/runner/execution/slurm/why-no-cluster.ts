/** Asked before a run begins, because otherwise each of its stages fails with the same message. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isSystemError } from '../../../base/system-error.ts';
import type { Plan } from '../plan.ts';
import type { Profile } from '../profile.ts';
import { isLocal } from './local-stages.ts';

export const NO_SBATCH = {
  message: absent('sbatch'),
  advice: 'run this on a machine from which jobs can be submitted, or without a profile',
} as const;

/** Why the stages that must run can't be sent. Undefined if they can, or if they all stay here. */
export function whyNoCluster(
  { local }: Pick<Profile, 'local'>,
  { decisions }: Pick<Plan, 'decisions'>,
  { PATH = '' }: Readonly<Record<string, string | undefined>>,
): typeof NO_SBATCH | undefined {
  if (PATH.split(delimiter).some((folder) => isExecutable(join(folder, 'sbatch'))))
    return undefined;
  const isSent = [...decisions].some(([id, { kind }]) => kind !== 'hit' && !isLocal(local, id));
  return isSent ? NO_SBATCH : undefined;
}

export function absent(command: string): string {
  return `there is no command "${command}" on the PATH`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (problem) {
    // An entry of the PATH may be anything.
    if (!isSystemError(problem)) throw problem;
    return false;
  }
}
