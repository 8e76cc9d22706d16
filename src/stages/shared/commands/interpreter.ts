/** The program that runs the text of a command. */
import { programOnPath } from '../../../base/program-on-path.ts';
import { StageError } from '../../../runner/index.ts';

export type Shell = 'sh' | 'bash';

/** The program and its options. The text follows, after `-c` or in a file. `path` is the PATH of the command. */
export function interpreterOf(shell: Shell = 'sh', path = ''): readonly string[] {
  if (shell === 'sh') return ['/bin/sh', '-e'];
  const bash = programOnPath('bash', path);
  if (bash !== undefined) return [bash, '-euo', 'pipefail'];
  const advice = 'install Bash, or remove "shell" to run the command with "sh"';
  throw new StageError('"shell: bash": no program "bash" is on PATH', advice);
}
