/** How the stages of a run ended; one that is made again is counted by its last making. */
import type { StageId } from '../graph/pipeline.ts';

type End = 'executed' | 'cached' | 'failed';

export class Tally {
  private readonly ends = new Map<StageId, End>();
  private readonly count = { executed: 0, cached: 0, failed: 0, skipped: 0 };

  has(id: StageId): boolean {
    return this.ends.has(id);
  }

  add(id: StageId, end: End): void {
    const before = this.ends.get(id);
    if (before) this.count[before]--;
    this.ends.set(id, end);
    this.count[end]++;
  }

  /** One that is not made again in this run. */
  addCached(): void {
    this.count.cached++;
  }

  /** A stage that hangs on one that failed; told once. */
  skip(): void {
    this.count.skipped++;
  }

  /** Of so many stages. */
  of(total: number) {
    const { executed, cached, failed, skipped } = this.count;
    return { ...this.count, remaining: total - executed - cached - failed - skipped };
  }
}
