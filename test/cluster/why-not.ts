/**
 * Why there can be no cluster here, as the reason of a skipped test. With CLUSTER_TESTS=install,
 * Slurm is installed if it is missing and apt can do it, at most once per process.
 */
import { spawnSync } from 'node:child_process';

const PROGRAMS = ['slurmctld', 'slurmd', 'sbatch', 'munged', 'unshare', 'setpriv', 'bindfs'];
const PACKAGES = ['slurm-wlm', 'munge', 'bindfs', 'util-linux'];

/** The daemons are not on the PATH of every user. */
export const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

let known: { readonly reason: string | undefined } | undefined;

/** Undefined if a cluster can be started. */
export function whyNoCluster(): string | undefined {
  known ??= { reason: findReason() };
  return known.reason;
}

function findReason(): string | undefined {
  if (process.platform !== 'linux') return 'Slurm needs Linux';
  if (process.getuid?.() !== 0) return 'the daemons of a cluster need root';
  if (missing().length > 0) install();
  const absent = missing();
  if (absent.length > 0) {
    return `${absent.join(', ')} not installed; CLUSTER_TESTS=install installs Slurm with apt`;
  }
  // As a node is started: some containers allow no namespaces.
  const spaces = succeeds('unshare', '--uts', '--pid', '--mount', '--fork', '--mount-proc', 'true');
  return spaces ? undefined : 'this machine allows no namespaces';
}

function missing(): string[] {
  return PROGRAMS.filter((name) => !succeeds('sh', '-c', `command -v ${name}`));
}

function install(): void {
  if (process.env.CLUSTER_TESTS !== 'install' || !succeeds('sh', '-c', 'command -v apt-get'))
    return;
  const wait = ['-o', 'DPkg::Lock::Timeout=600'];
  succeeds('apt-get', ...wait, 'update', '-qq');
  succeeds('apt-get', ...wait, 'install', '-y', '-qq', '--no-install-recommends', ...PACKAGES);
}

function succeeds(command: string, ...args: readonly string[]): boolean {
  // The runlevel keeps the packages from starting daemons of their own.
  const env = { ...process.env, PATH, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  return spawnSync(command, args, { env, stdio: 'ignore' }).status === 0;
}
