/** The program that runs the text of a command. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../../base/system-error.ts';
import { StageError } from '../../runner/index.ts';

export type Shell = 'sh' | 'bash';

/** The program and its options. The text follows, after `-c` or in a file. `path` is the PATH of the command. */
export function interpreterOf(shell: Shell = 'sh', path = ''): readonly string[] {
  if (shell === 'sh') return ['/bin/sh', '-e'];
  const bash = path
    .split(':')
    .map((folder) => join(folder === '' ? '.' : folder, 'bash'))
    .find(isExecutable);
  if (bash !== undefined) return [bash, '-euo', 'pipefail'];
  const advice = 'install Bash, or remove "shell" to run the command with "sh"';
  throw new StageError('"shell: bash": no program "bash" is on PATH', advice);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    return false;
  }
}
