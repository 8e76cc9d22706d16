/**
 * Counts how the stages of a run ended. A stage that was built again is counted once, by its last
 * end.
 */
import type { StageId } from '../graph/pipeline.ts';

type End = 'executed' | 'cached' | 'failed';

export class StageCounts {
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

  /** Counts a stage whose end is final. */
  addCached(): void {
    this.count.cached++;
  }

  /** Counts a stage that depends on a failed one. Called once per stage. */
  skip(): void {
    this.count.skipped++;
  }

  /** `total` is the number of stages in the run. */
  of(total: number) {
    const { executed, cached, failed, skipped } = this.count;
    return { ...this.count, remaining: total - executed - cached - failed - skipped };
  }
}
