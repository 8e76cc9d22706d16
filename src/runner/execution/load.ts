/** How busy a run is: the stages that wait for resources, and those that run. */
import type { StageId } from '../graph/pipeline.ts';

export class Load {
  /** The stages that wait or run. */
  readonly stages = new Set<StageId>();
  private readonly cores: number;
  private waiting = 0;
  private running = 0;

  constructor(cores: number) {
    this.cores = cores;
  }

  /** The cores that a running stage may use: its own, and those that no other stage needs. */
  get freeCores(): number {
    return Math.max(1, this.cores - this.running - this.waiting + 1);
  }

  get isRunning(): boolean {
    return this.running > 0;
  }

  get isNone(): boolean {
    return this.running === 0 && this.waiting === 0;
  }

  schedule(id: StageId): void {
    this.waiting++;
    this.stages.add(id);
  }

  start(): void {
    this.waiting--;
    this.running++;
  }

  /** May be called twice for one stage. */
  end(id: StageId): void {
    if (this.stages.delete(id)) this.running--;
  }

  /** Drops the stages that have not started. */
  dropWaiting(): void {
    this.waiting = 0;
  }
}
