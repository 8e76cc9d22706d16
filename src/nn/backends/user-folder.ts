/**
 * Where `pipeline backend install` puts a native library: a folder of the user or a lab, outside all projects, so that
 * each project finds it.
 */
import { join, resolve } from 'node:path';

/** `LOWRANK_BACKENDS` sets another folder, such as one that a lab shares. */
export function userFolder(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  const named = environment.LOWRANK_BACKENDS;
  if (named) return resolve(named);
  const data = environment.XDG_DATA_HOME || join(home, '.local', 'share');
  return join(data, 'lowrank-pipeline', 'backends');
}
