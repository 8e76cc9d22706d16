/**
 * A node of the cluster: `slurmd` in namespaces of its own. It has its own host name and process
 * ids, and everything that runs on it ends with its first process, as on a machine without power.
 */
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { hasCode, unlessAbsent } from '../../src/base/system-error.ts';
import { Daemon } from './daemon.ts';

export interface NodeOptions {
  readonly name: string;
  /** The folder of the cluster. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly slurm: (command: string, ...args: readonly string[]) => Promise<string>;
  readonly stale?: Stale | undefined;
}

/**
 * The node sees the folder through a cache of its own, as a client of NFS does. A name that did not
 * exist stays absent for this many seconds, even if another node has created the file.
 */
export interface Stale {
  readonly folder: string;
  readonly seconds: number;
}

export class ClusterNode {
  readonly name: string;
  private readonly options: NodeOptions;
  private daemon: Daemon | undefined;

  constructor(options: NodeOptions) {
    this.name = options.name;
    this.options = options;
    writeFileSync(this.script, scriptOf(options));
  }

  /** Switches the node on. Resolves when it takes jobs. */
  async start(): Promise<void> {
    const { name, folder, environment, slurm } = this.options;
    const spaces = ['--uts', '--pid', '--mount', '--fork', '--kill-child', '--mount-proc'];
    const log = join(folder, 'log', `${name}.out`);
    const daemon = new Daemon(['unshare', ...spaces, 'sh', this.script], { environment, log });
    this.daemon = daemon;
    await daemon.until(async () => {
      const [state] = (await slurm('sinfo', '-h', '-n', name, '-p', 'main', '-o', '%t')).split(
        '\n',
      );
      if (/^(?:down|drain|drng)/.test(state!)) {
        await slurm('scontrol', 'update', `nodename=${name}`, 'state=resume').catch(() => '');
      }
      return /^(?:idle|mix|alloc|comp)$/.test(state!);
    });
  }

  /** The power is lost. Slurm notices it later. */
  async kill(): Promise<void> {
    await this.daemon?.end('SIGKILL');
  }

  /** The power is lost, and Slurm is notified. */
  async drop(): Promise<void> {
    await this.kill();
    const { slurm, name } = this.options;
    await slurm('scontrol', 'update', `nodename=${name}`, 'state=down', 'reason=dropped');
  }

  /** Everything on the node stops, as if its disk or its network did. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  async state(): Promise<string> {
    const { slurm, name } = this.options;
    return (await slurm('sinfo', '-h', '-n', name, '-p', 'main', '-o', '%t')).trim();
  }

  async untilGivenUp(): Promise<void> {
    while (!/^(?:down|no_resp)/.test(await this.state())) await wait(500);
  }

  private get script(): string {
    return join(this.options.folder, 'run', `${this.name}.sh`);
  }

  private signal(name: NodeJS.Signals): void {
    for (const pid of this.processes()) {
      try {
        process.kill(pid, name);
      } catch (problem) {
        if (!hasCode(problem, 'ESRCH')) throw problem;
      }
    }
  }

  /** All processes in its namespace. `unshare` itself is outside, and its child is the first. */
  private processes(): readonly number[] {
    const space = spaceOf(this.daemon!.pid, 'pid_for_children');
    const all = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
    return all.map(Number).filter((pid) => spaceOf(pid, 'pid') === space);
  }
}

function spaceOf(pid: number, kind: string): string | undefined {
  return unlessAbsent(() => {
    try {
      return readlinkSync(`/proc/${pid}/ns/${kind}`);
    } catch (problem) {
      // The process has ended.
      if (hasCode(problem, 'ESRCH', 'EACCES')) return undefined;
      throw problem;
    }
  });
}

function scriptOf({ name, folder, stale }: NodeOptions): string {
  const hosts = join(folder, 'run', `${name}.hosts`);
  const lines = [
    'set -e',
    `hostname ${name}`,
    // Some programs look up the address of their own host.
    `(cat /etc/hosts; echo '127.0.0.1 ${name}') >'${hosts}'`,
    `mount --bind '${hosts}' /etc/hosts`,
  ];
  if (stale) {
    const kinds = ['attr_timeout', 'entry_timeout', 'negative_timeout'];
    const caches = kinds.map((kind) => `${kind}=${stale.seconds}`).join(',');
    lines.push(`bindfs -o 'nonempty,${caches}' '${stale.folder}' '${stale.folder}'`);
  }
  lines.push(`exec slurmd -D -N ${name} -f '${join(folder, 'slurm.conf')}'`, '');
  return lines.join('\n');
}
