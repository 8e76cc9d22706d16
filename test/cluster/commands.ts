/**
 * The commands of Slurm, as a user has them on the PATH. Each call is counted, and a test can make
 * them fail.
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unlessAbsent } from '../../src/base/system-error.ts';

const COUNTED = ['sbatch', 'squeue', 'scancel', 'scontrol', 'sacct', 'srun', 'sinfo'] as const;
type Counted = (typeof COUNTED)[number];

/** `before`: nothing is done. `after`: the command does its work, and the answer is lost. */
type When = 'before' | 'after';

export class Commands {
  /** For the program and its jobs. */
  readonly environment: NodeJS.ProcessEnv;
  private readonly folder: string;
  private readonly plain: NodeJS.ProcessEnv;

  /** `plain` finds the real commands. */
  constructor(folder: string, plain: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.plain = plain;
    const bin = join(folder, 'bin');
    this.environment = { ...plain, PATH: `${bin}:${plain.PATH}` };
    for (const name of ['bin', 'calls', 'broken']) mkdirSync(join(folder, name));
    for (const name of COUNTED) {
      const [calls, broken] = [join(folder, 'calls', name), join(folder, 'broken', name)];
      const path = join(bin, name);
      writeFileSync(
        path,
        `#!/bin/sh
# Not exported, so that the jobs of sbatch find this script too.
real=$(PATH='${plain.PATH}'; command -v ${name})
echo called >>'${calls}'
if [ -e '${broken}.before' ]; then cat '${broken}.before' >&2; exit 1; fi
if [ -e '${broken}.after' ]; then "$real" "$@" >/dev/null; cat '${broken}.after' >&2; exit 1; fi
exec "$real" "$@"
`,
      );
      chmodSync(path, 0o755);
    }
  }

  /** The number of calls since the start or since `forget`. */
  calls(name: Counted): number {
    const text = unlessAbsent(() => readFileSync(join(this.folder, 'calls', name), 'utf8'));
    return text === undefined ? 0 : text.split('\n').length - 1;
  }

  forget(): void {
    for (const name of COUNTED) rmSync(join(this.folder, 'calls', name), { force: true });
  }

  /** From now on, the command fails with this message. */
  break(name: Counted, when: When, message: string): void {
    writeFileSync(join(this.folder, 'broken', `${name}.${when}`), `${message}\n`);
  }

  repair(name: Counted): void {
    for (const when of ['before', 'after']) {
      rmSync(join(this.folder, 'broken', `${name}.${when}`), { force: true });
    }
  }

  /** Calls the real command, without counting. Returns what it prints. */
  async call(command: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(command, args, { env: this.plain });
    return stdout;
  }
}
