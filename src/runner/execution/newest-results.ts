/**
 * What each stage yielded last, for people (`latest/`) and for later explanations (the index).
 *
 * Neither can stop a run: what can't be written is told once.
 */
import { isSystemError } from '../../base/system-error.ts';
import { axesName, type Stage } from '../graph/pipeline.ts';
import type { StageKey } from '../key/fingerprint.ts';
import { sameOutputs } from '../state/last-results.ts';
import type { FilesByPort } from '../store/artifact.ts';
import { isShown, showLatest } from '../store/latest-tree.ts';
import type { Layout } from '../store/layout.ts';
import type { Knowledge, Outputs } from './decide.ts';
import type { Emit } from './event.ts';

export interface NewestResult {
  readonly key: StageKey;
  readonly outputs: Outputs;
  /** How long it took, where it was made just now. */
  readonly seconds: number | undefined;
}

export class NewestResults {
  private readonly knowledge: Knowledge;
  private readonly layout: Layout;
  private readonly emit: Emit;
  private readonly warned = new Set<string>();

  constructor(context: { knowledge: Knowledge; layout: Layout; emit: Emit }) {
    this.knowledge = context.knowledge;
    this.layout = context.layout;
    this.emit = context.emit;
  }

  /** False where the store turns out to have lost its bytes: the stage has to be made again. */
  remember(stage: Stage, { key, outputs, seconds: took }: NewestResult): boolean {
    const { knowledge, layout } = this;
    const { latest, store } = knowledge;
    const folder = folderOf(stage);
    const known = latest.get(stage.id);
    const isKnown = known?.key === key && sameOutputs(known.outputs, outputs);
    if (isKnown && known.files && isShown(folder, known.files, layout, store)) return true;
    // What is shown is about to change: a run that is killed meanwhile must not have it taken for whole.
    if (known?.files) {
      const { files: _files, ...rest } = known;
      this.attend('what ran last', () => latest.set(rest));
    }
    let files: FilesByPort | undefined;
    const done = this.attend('latest/', () => {
      files = showLatest(folder, outputs, layout, store, known?.outputs);
    });
    if (done && !files) return false;
    // Only what is shown is noted with its files: the next run then looks no further. Outputs that stand
    // in for others are not: the next run may not ask for them.
    const noted = knowledge.standIn ? undefined : files;
    const seconds = took ?? latest.ofKey(key)?.seconds;
    const entry = {
      stage: stage.id,
      key,
      outputs,
      ...(noted && { files: noted }),
      ...(seconds !== undefined && { seconds }),
    };
    this.attend('what ran last', () => latest.set(entry));
    return true;
  }

  /** False where it can't be done; the first time, that is told. */
  attend(what: string, write: () => void): boolean {
    try {
      write();
      return true;
    } catch (problem) {
      if (!isSystemError(problem)) throw problem;
      if (this.warned.has(what)) return false;
      this.warned.add(what);
      const message = `${what} can't be kept up to date: ${problem.message}`;
      this.emit({ type: 'warning', message });
      return false;
    }
  }
}

/** `latest/decompose/method=svd,rate=25`: one folder a stage, one below it an instance. */
export function folderOf({ name, axes }: Stage): string {
  return axes.size === 0 ? name : `${name}/${axesName(axes)}`;
}
