/**
 * Builds stages in this process, on this machine. The executor decides where the code of a stage
 * runs.
 */
import type { Result } from '../../../base/result.ts';
import { LaterFlushes } from '../../store/flushes.ts';
import type { Prewarm } from '../executor.ts';
import type { Failure } from '../failure.ts';
import type { Order } from '../order.ts';
import type { Capacities } from '../resource-pool.ts';
import type { Built, Supervisor, Workplace } from '../workplace.ts';
import type { BuildContext } from './build-context.ts';
import { buildStage } from './build-stage.ts';

export interface LocalOptions extends Omit<BuildContext, 'flushLater'> {
  readonly capacities: Capacities;
}

export class LocalWorkplace implements Workplace {
  readonly capacities: Capacities;
  private readonly context: BuildContext;
  private readonly later: LaterFlushes;

  constructor({ capacities, ...options }: LocalOptions) {
    this.capacities = capacities;
    this.later = new LaterFlushes(options.now);
    this.context = { ...options, flushLater: this.later };
  }

  build(order: Order, supervisor: Supervisor): Promise<Result<Built, Failure>> {
    return buildStage(order, supervisor, this.context);
  }

  prepare(prewarm?: Prewarm): void {
    this.context.executor.prepare?.(prewarm);
  }

  flush(): void {
    this.later.all();
  }

  close(): void {
    this.context.executor.close();
  }
}
