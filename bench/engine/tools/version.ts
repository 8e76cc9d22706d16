/** The version that a tool reports. Undefined if it can't be started. */
import { spawnSync } from 'node:child_process';

export function versionOf(program: string, ...words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) return undefined;
  return /\d+(\.\d+)+/.exec(stdout)?.[0];
}
