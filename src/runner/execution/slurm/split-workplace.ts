/** Sends most stages to a cluster, and builds the others on this machine. */
import type { Result } from '../../../base/result.ts';
import { fail } from '../../../base/result.ts';
import type { Failure } from '../failure.ts';
import { Load } from '../load.ts';
import type { LocalWorkplace } from '../local/local-workplace.ts';
import type { Order } from '../order.ts';
import type { Share } from '../resource-pool.ts';
import { Scheduler } from '../scheduler.ts';
import type { Built, Supervisor, Workplace } from '../workplace.ts';
import { isLocal } from './local-stages.ts';

/** The cluster shares out its own resources, and this class those of this machine. */
export class SplitWorkplace implements Workplace {
  private readonly local: LocalWorkplace;
  private readonly cluster: Workplace;
  private readonly selectors: readonly string[];
  private readonly scheduler: Scheduler;
  private readonly load: Load;

  /** `selectors`: the stages to build on this machine. */
  constructor(local: LocalWorkplace, cluster: Workplace, selectors: readonly string[]) {
    this.local = local;
    this.cluster = cluster;
    this.selectors = selectors;
    this.scheduler = new Scheduler(local.capacities);
    this.load = new Load(local.capacities.cpu);
  }

  build(order: Order, supervisor: Supervisor): Promise<Result<Built, Failure>> {
    return isLocal(this.selectors, order.stage.id)
      ? this.buildHere(order, supervisor)
      : this.cluster.build(order, supervisor);
  }

  flush(): void {
    this.local.flush();
    this.cluster.flush();
  }

  close(): void {
    this.cluster.close();
    this.local.close();
  }

  private buildHere(order: Order, supervisor: Supervisor): Promise<Result<Built, Failure>> {
    const { id } = order.stage;
    return new Promise((resolve, reject) => {
      const freeCores = (): number => this.load.freeCores;
      const lack = this.scheduler.add(order.limits.resources, 0, async (share) => {
        this.load.start();
        if (supervisor.halting?.aborted) resolve(fail({ kind: 'stopped' }));
        else {
          const built = this.local.build(granted(order, share), { ...supervisor, freeCores });
          await built.then(resolve, reject);
        }
        this.load.end(id);
      });
      if (lack === undefined) this.load.schedule(id);
      else resolve(fail({ kind: 'no-resources', message: lack }));
    });
  }
}

/** The order was written for a place without limits. */
function granted(order: Order, { needs, gpus }: Share): Order {
  const { cores } = order.granted;
  const most = Math.max(1, Math.floor(needs.cpu));
  return { ...order, granted: { cores: cores === 'free' ? cores : Math.min(cores, most), gpus } };
}
