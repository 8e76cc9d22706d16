/**
 * Records the latest results of each stage, for people (`latest/`) and for later explanations (the
 * index).
 *
 * Neither can stop a run. A write error is reported once.
 */
import { isSystemError } from '../../base/system-error.ts';
import { axesName, type Stage } from '../graph/pipeline.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { sameOutputs } from '../state/last-results.ts';
import { isShown, showLatest } from '../store/latest-tree.ts';
import type { Layout } from '../store/layout.ts';
import type { ShownFile } from '../store/shown-files.ts';
import type { Outputs, PlanContext } from './decide.ts';
import type { Emit } from './event.ts';

export interface NewestResult {
  readonly key: StageKey;
  readonly outputs: Outputs;
  /** How long the stage took, if this run built it. */
  readonly seconds: number | undefined;
}

export class NewestResults {
  private readonly planContext: PlanContext;
  private readonly layout: Layout;
  private readonly emit: Emit;
  private readonly warned = new Set<string>();

  constructor(context: { planContext: PlanContext; layout: Layout; emit: Emit }) {
    this.planContext = context.planContext;
    this.layout = context.layout;
    this.emit = context.emit;
  }

  /** False if its bytes are no longer in the store. Then the stage has to be built again. */
  record(stage: Stage, { key, outputs, seconds: took }: NewestResult): boolean {
    const { planContext, layout } = this;
    const { latest, store } = planContext;
    const folder = folderOf(stage);
    const known = latest.get(stage.id);
    const isKnown = known?.key === key && sameOutputs(known.outputs, outputs);
    if (isKnown && known.shown && isShown(folder, known.shown, layout, store)) return true;
    // The shown files are about to change. If the run is killed meanwhile, the next one must not
    // trust this entry.
    if (known?.shown) {
      const { shown: _shown, ...rest } = known;
      this.tryTo('the list of newest results', () => latest.set(rest));
    }
    let shown: readonly ShownFile[] | undefined;
    const done = this.tryTo('latest/', () => {
      shown = showLatest(folder, outputs, layout, store, known?.outputs);
    });
    if (done && !shown) return false;
    // If the entry has its files, the next run checks nothing else. So it gets them only if they
    // are shown, and not for substitutes, because the next run may not ask for substitutes.
    const noted = planContext.findSubstitute ? undefined : shown;
    const seconds = took ?? latest.ofKey(key)?.seconds;
    const entry = {
      stage: stage.id,
      key,
      outputs,
      ...(noted && { shown: noted }),
      ...(seconds !== undefined && { seconds }),
    };
    this.tryTo('the list of newest results', () => latest.set(entry));
    return true;
  }

  /** The newest result is not here, so that `latest/` must not show an older one. */
  hide(stage: Stage): void {
    const { planContext, layout } = this;
    const known = planContext.latest.get(stage.id);
    if (!known) return;
    const { shown, ...rest } = known;
    if (shown) this.tryTo('the list of newest results', () => planContext.latest.set(rest));
    const hideAll = (): void =>
      void showLatest(folderOf(stage), {}, layout, planContext.store, known.outputs);
    this.tryTo('latest/', hideAll);
  }

  /** Runs `write`. False if it fails. The first failure is reported. */
  tryTo(what: string, write: () => void): boolean {
    try {
      write();
      return true;
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      if (this.warned.has(what)) return false;
      this.warned.add(what);
      const message = `${what} can't be updated: ${problem.message}`;
      this.emit({ type: 'warning', message });
      return false;
    }
  }
}

/** `latest/decompose/method=svd,rate=25`: one folder per stage, with one folder per instance. */
export function folderOf({ name, axes }: Pick<Stage, 'name' | 'axes'>): string {
  return axes.size === 0 ? name : `${name}/${axesName(axes)}`;
}
