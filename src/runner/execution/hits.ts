/** Shows the results that a run uses in `latest/`, and finds out which of them are damaged. */
import { isSystemError, type SystemError } from '../../base/system-error.ts';
import type { Stage, StageId } from '../graph/pipeline.ts';
import type { Hit } from './decide.ts';
import type { NewestResults } from './newest-results.ts';
import type { Plan } from './plan.ts';

export class Hits {
  private readonly plan: Plan;
  private readonly newest: NewestResults;
  private readonly isWanted: (stage: Stage) => boolean;
  /** Stages that were hits until their files were checked. */
  private readonly damaged = new Set<StageId>();

  constructor(plan: Plan, newest: NewestResults, isWanted: (stage: Stage) => boolean) {
    this.plan = plan;
    this.newest = newest;
    this.isWanted = isWanted;
  }

  /** 'left': it stays in the remote cache, because no stage needs it here. 'damaged': at most once per stage. */
  show(stage: Stage, hit: Hit): 'shown' | 'left' | 'damaged' | SystemError {
    try {
      if (hit.remote === true && !this.isWanted(stage)) {
        this.newest.hide(stage);
        return 'left';
      }
      if (this.damaged.has(stage.id) || this.isShown(stage, hit)) return 'shown';
      this.damaged.add(stage.id);
      return 'damaged';
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      return problem;
    }
  }

  /** False if the bytes of the outputs turn out to be lost. */
  private isShown(stage: Stage, hit: Hit): boolean {
    const { plan } = this;
    if (plan.isShown?.(stage.id) && hit === plan.decisions.get(stage.id)) return true;
    const { key, outputs } = hit;
    return this.newest.record(stage, { key, outputs, seconds: undefined });
  }
}
