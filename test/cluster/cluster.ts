/**
 * A real Slurm of several nodes on this machine, for tests: `munged`, `slurmctld` and one `slurmd`
 * per node. It needs root, and neither systemd nor control groups. It listens on 127.0.0.1, and
 * everything that it writes is in one temporary folder.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../remote/nginx.ts';
import { Commands } from './commands.ts';
import { type ClusterOptions, gresConf, slurmConf } from './configuration.ts';
import { Controller } from './controller.ts';
import { Daemon } from './daemon.ts';
import { ClusterNode, type Stale } from './node.ts';
import { PATH } from './why-not.ts';

export interface StartOptions extends Partial<ClusterOptions> {
  readonly stale?: Stale;
}

export class Cluster {
  readonly folder: string;
  readonly commands: Commands;
  readonly controller: Controller;
  readonly nodes: ReadonlyMap<string, ClusterNode>;
  private readonly munge: Daemon;

  /** Resolves when all nodes are idle. */
  static async start({ nodes = 3, cpus = 4, memory = 4000, gpus = 2, stale }: StartOptions = {}) {
    const names = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
    const ports = {
      controller: await freePort(),
      nodes: new Map<string, number>(),
    };
    for (const name of names) ports.nodes.set(name, await freePort());
    // Slurm takes no path with a space.
    const folder = mkdtempSync(join(tmpdir(), 'cluster-'));
    for (const name of ['munge', 'state', 'spool', 'log', 'run', 'gpu'])
      mkdirSync(join(folder, name));
    const host = hostname().replace(/\..*/, '');
    const options = { nodes, cpus, memory, gpus };
    writeFileSync(join(folder, 'slurm.conf'), slurmConf(folder, host, options, ports));
    if (gpus > 0) writeFileSync(join(folder, 'gres.conf'), gresConf(folder, gpus, names));
    for (let i = 0; i < gpus; i++) {
      execFileSync('mknod', [join(folder, 'gpu', `gpu${i}`), 'c', '1', '3']);
    }
    const cluster = new Cluster(folder, names, stale);
    try {
      await cluster.begin();
      return cluster;
    } catch (problem) {
      await cluster.stop();
      throw problem;
    }
  }

  private constructor(folder: string, names: readonly string[], stale: Stale | undefined) {
    this.folder = folder;
    const plain = { ...process.env, PATH, SLURM_CONF: join(folder, 'slurm.conf') };
    this.commands = new Commands(folder, plain);
    const slurm = this.slurm.bind(this);
    // Jobs see the commands that are counted.
    const { environment } = this.commands;
    this.controller = new Controller({ folder, environment, slurm });
    this.nodes = new Map(
      names.map((name) => [name, new ClusterNode({ name, folder, environment, slurm, stale })]),
    );
    this.munge = startMunge(folder, plain);
  }

  /** For the program: the PATH and SLURM_CONF. */
  get environment(): NodeJS.ProcessEnv {
    return this.commands.environment;
  }

  node(name: string): ClusterNode {
    return this.nodes.get(name)!;
  }

  /** Calls a command of Slurm, without counting. Returns what it prints. */
  slurm(command: string, ...args: readonly string[]): Promise<string> {
    return this.commands.call(command, ...args);
  }

  /** The jobs that wait or run, one line each: `id state comment`. */
  async queue(): Promise<readonly string[]> {
    const text = await this.slurm('squeue', '-h', '-r', '-o', '%i %T %k');
    return text.split('\n').filter(Boolean);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => node.kill()));
    await this.controller.kill();
    await this.munge.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async begin(): Promise<void> {
    await this.munge.until(() => existsSync(join(this.folder, 'munge', 'socket')));
    await this.controller.start();
    await Promise.all([...this.nodes.values()].map((node) => node.start()));
  }
}

function startMunge(folder: string, environment: NodeJS.ProcessEnv): Daemon {
  const at = (name: string): string => join(folder, 'munge', name);
  writeFileSync(at('key'), randomBytes(1024), { mode: 0o600 });
  // Clients reach the socket and nothing else.
  chmodSync(join(folder, 'munge'), 0o711);
  const files = { 'key-file': 'key', socket: 'socket', 'pid-file': 'pid', 'seed-file': 'seed' };
  const options = Object.entries(files).map(([name, file]) => `--${name}=${at(file)}`);
  const words = ['munged', '--foreground', '--force', ...options];
  return new Daemon(words, { environment, log: join(folder, 'log', 'munged') });
}
