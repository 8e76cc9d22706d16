/** `slurmctld`, which can be killed, frozen and started again. */
import { join } from 'node:path';
import { Daemon } from './daemon.ts';

export interface ControllerOptions {
  /** The folder of the cluster. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly slurm: (command: string, ...args: readonly string[]) => Promise<string>;
}

export class Controller {
  private readonly options: ControllerOptions;
  private daemon: Daemon | undefined;
  private begun = false;

  constructor(options: ControllerOptions) {
    this.options = options;
  }

  /**
   * Resolves when it answers. After the first start, it goes on with the state that it saved, and
   * this also waits until it knows its nodes again.
   */
  async start(): Promise<void> {
    const { folder, environment, slurm } = this.options;
    const conf = join(folder, 'slurm.conf');
    const words = ['slurmctld', '-D', ...(this.begun ? [] : ['-c']), '-f', conf];
    const daemon = new Daemon(words, { environment, log: join(folder, 'log', 'slurmctld.out') });
    this.daemon = daemon;
    await daemon.until(async () => / is UP/.test(await slurm('scontrol', 'ping').catch(() => '')));
    if (this.begun) await daemon.until(() => this.knowsNodes());
    this.begun = true;
  }

  /** It saves its state every few seconds, and forgets the jobs of the last ones. */
  async kill(): Promise<void> {
    await this.daemon?.end('SIGKILL');
  }

  /** It saves its state first. */
  async stop(): Promise<void> {
    await this.daemon?.end('SIGTERM');
  }

  /** It answers nobody. */
  freeze(): void {
    this.daemon?.signal('SIGSTOP');
  }

  thaw(): void {
    this.daemon?.signal('SIGCONT');
  }

  /**
   * As an administrator does. A controller that forgot a job drains the node on which it runs, when the
   * node or the job reports next.
   */
  async resumeDrained(): Promise<void> {
    const { slurm } = this.options;
    const drained = await slurm('sinfo', '-h', '-N', '-t', 'drain', '-o', '%N');
    for (const name of new Set(drained.split('\n').filter(Boolean))) {
      await slurm('scontrol', 'update', `nodename=${name}`, 'state=resume').catch(() => '');
    }
  }

  private async knowsNodes(): Promise<boolean> {
    await this.resumeDrained();
    const { slurm } = this.options;
    const states = await slurm('sinfo', '-h', '-N', '-p', 'main', '-o', '%t');
    return !states.includes('unk') && !states.includes('*');
  }
}
