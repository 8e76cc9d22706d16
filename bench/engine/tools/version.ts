/** What a tool says of its version; undefined where it can't be started. */
import { spawnSync } from 'node:child_process';

export function versionOf(program: string, ...words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) return undefined;
  return /\d+(\.\d+)+/.exec(stdout)?.[0];
}
