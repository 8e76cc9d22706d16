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
  const names = [...KEPT, ...passed];
  const isKept = (name: string): boolean =>
    names.some((kept) => (kept.endsWith('*') ? name.startsWith(kept.slice(0, -1)) : name === kept));
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && isKept(name)) kept[name] = value;
  }
  return kept;
}
