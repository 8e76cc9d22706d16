/** The environment variables that a job gets. */

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of the user and the machine. Prefixes end with `*`. */
const KEPT = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_*',
  'TZ',
  'LD_LIBRARY_PATH',
  'TF_*',
  'PIPELINE_*',
  // The place of Slurm's configuration, for its own commands.
  'SLURM_CONF',
];

/**
 * A small environment: whatever `sbatch` has, its jobs have too. If this process is in a job itself,
 * the variables of that job would change the new ones.
 */
export function jobEnvironment(
  environment: Environment,
  passed: Iterable<string>,
): Record<string, string> {
  const patterns = [...KEPT, ...passed];
  return selected(environment, (name) => isNamed(patterns, name));
}

/** Variables of the job that this process is in. */
const OF_JOB = ['SLURM_*', 'SLURMD_*', 'SBATCH_*', 'SRUN_*'];

/** For a job that is a head: all variables of the user, because the pipeline may use any of them. */
export function headEnvironment(environment: Environment): Record<string, string> {
  return selected(environment, (name) => isNamed(KEPT, name) || !isNamed(OF_JOB, name));
}

function selected(
  environment: Environment,
  isKept: (name: string) => boolean,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && isKept(name)) kept[name] = value;
  }
  return kept;
}

function isNamed(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}
