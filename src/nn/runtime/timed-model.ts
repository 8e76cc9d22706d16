/** A model in a session, and the time that it takes for a batch. */
import type { Feed } from './feeds.ts';
import type { RuntimeTensor } from './library.ts';
import type { ModelSession } from './session.ts';

/** Milliseconds that a run takes at least. A fast model computes its batch several times, and the mean counts. */
const LEAST_MS = 2;
/** Before the first run: memory is allocated, and the processor raises its clock. */
const WARM_UP_MS = 100;
const WARM_UP_BATCHES = 5;

export class TimedModel {
  private readonly session: ModelSession;
  private readonly fetches: Readonly<Record<string, null>>;
  private feeds: Readonly<Record<string, RuntimeTensor>> = {};
  private repeats = 1;

  constructor(session: ModelSession) {
    this.session = session;
    this.fetches = Object.fromEntries(session.outputs.map(({ name }) => [name, null]));
  }

  /** Computes a batch until the model is warm. Runs repeat it as often as they need to be long enough. */
  warmUp(feeds: readonly Feed[]): void {
    const { Tensor } = this.session;
    this.feeds = Object.fromEntries(
      feeds.map(({ name, type, data, shape }) => [name, new Tensor(type, data, shape)]),
    );
    const start = performance.now();
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < WARM_UP_BATCHES || performance.now() - start < WARM_UP_MS; i += 1) {
      least = Math.min(least, this.compute(1));
    }
    this.repeats = Math.max(1, Math.ceil(LEAST_MS / Math.max(least, 1e-3)));
  }

  /** One run: the milliseconds for a batch. */
  time(): number {
    // Another model ran in between, so the weights of a small one are no longer in the caches of the processor.
    if (this.repeats > 1) this.compute(1);
    return this.compute(this.repeats) / this.repeats;
  }

  private compute(times: number): number {
    const start = performance.now();
    for (let i = 0; i < times; i += 1) this.session.run(this.feeds, this.fetches);
    return performance.now() - start;
  }
}
