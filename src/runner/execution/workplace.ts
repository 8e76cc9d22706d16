/** A place where stages are built. This machine is one. A cluster can be another. */
import type { Result } from '../../base/result.ts';
import type { Outputs } from './decide.ts';
import type { AttemptEvent } from './event.ts';
import type { Prewarm } from './executor.ts';
import type { Failure } from './failure.ts';
import type { Order } from './order.ts';
import type { Capacities } from './resource-pool.ts';

export interface Workplace {
  /**
   * The resources that the run's scheduler shares out between stages. Undefined if the place has
   * its own scheduler. Then the run sends each stage as soon as its inputs are known.
   */
  readonly capacities?: Capacities;
  /**
   * Takes the lock of the key, decides again, computes the outputs and commits them.
   *
   * Resolves with a failure for everything that can be expected to fail. Rejects only for a bug in
   * this program or in a listener to its events.
   */
  build(order: Order, supervisor: Supervisor): Promise<Result<Built, Failure>>;
  /**
   * A stage will run here soon. The place may start slow preparations for this stage, or for any.
   */
  prepare?(prewarm?: Prewarm): void;
  /** Flushes everything that was committed to the disk. Throws the error of the disk. */
  flush(): void;
  /** Ends processes that the place keeps between attempts. */
  close(): void;
}

/** The run's side of one attempt. */
export interface Supervisor {
  /**
   * When aborted, the stage has some time to write a checkpoint. Then the attempt fails with
   * 'stopped'.
   */
  readonly signal: AbortSignal;
  /** When aborted, an attempt that has not begun fails with 'stopped'. A running attempt continues. */
  readonly halting?: AbortSignal;
  readonly report: (event: AttemptEvent) => void;
  /** The number of cores that no other stage of the run needs at the moment, at least one. */
  readonly freeCores: () => number;
}

export interface Built {
  readonly outputs: Outputs;
  /** False if another process built the outputs while this attempt waited for the lock. */
  readonly executed: boolean;
  /** How long the stage took, in whichever process built it. Undefined if that is not known. */
  readonly seconds: number | undefined;
}
