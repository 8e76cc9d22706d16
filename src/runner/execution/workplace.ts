/** Where stages are built. This machine is one such place. A cluster can be another. */
import type { Result } from '../../base/result.ts';
import type { Outputs } from './decide.ts';
import type { AttemptEvent } from './event.ts';
import type { Prewarm } from './executor.ts';
import type { Failure } from './failure.ts';
import type { Order } from './order.ts';
import type { Capacities } from './resource-pool.ts';

export interface Workplace {
  /**
   * What the run's scheduler shares out between stages. Undefined if the place has a scheduler of its own: then the run
   * sends each stage as soon as its inputs are known.
   */
  readonly capacities?: Capacities;
  /**
   * Takes the key's lock, decides again, computes the outputs and commits them.
   *
   * Resolves with a failure for everything that can be expected to fail. Rejects only for a bug: in this program, or in
   * a listener to its events.
   */
  build(order: Order, supervisor: Supervisor): Promise<Result<Built, Failure>>;
  /** A stage will run here soon. The place may start what takes long, for this stage or for any. */
  prepare?(prewarm?: Prewarm): void;
  /** Puts everything that was committed on the disk. Throws what the disk reports. */
  flush(): void;
  /** Ends what the place keeps between attempts. */
  close(): void;
}

/** The run's side of one attempt, while it goes on. */
export interface Supervisor {
  /** Aborted: the stage has some time to write a checkpoint. Then the attempt fails with 'stopped'. */
  readonly signal: AbortSignal;
  readonly report: (event: AttemptEvent) => void;
  /** The cores that no other stage of the run wants at the moment, at least one. */
  readonly freeCores: () => number;
}

export interface Built {
  readonly outputs: Outputs;
  /** False if another process built the outputs while this attempt waited for the lock. */
  readonly executed: boolean;
  /** How long the stage took, in whichever process built it. Undefined if that is not known. */
  readonly seconds: number | undefined;
}
