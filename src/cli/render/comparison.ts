/** Compares a stage with another run or configuration. */
import type { Sentence } from '../../runner/index.ts';
import type { Host } from '../host.ts';
import { sentenceLines } from './text.ts';

export interface ComparedStage {
  readonly stage: string;
  /** The other side, such as `run 20260101-120000-1a2b`. */
  readonly against: string;
  /** `absent`: the stage does not exist there. `unknown`: some inputs do not exist yet, the rest is the same. */
  readonly state: 'same' | 'differs' | 'absent' | 'unknown';
  readonly sentences: readonly Sentence[];
}

export function comparisonLines(compared: ComparedStage, host: Host): readonly string[] {
  const { stage, against, state, sentences } = compared;
  const lines = sentences.flatMap((sentence) => sentenceLines(sentence, host));
  switch (state) {
    case 'same':
      return [`${stage}: the same as in ${against}`];
    case 'absent':
      return [`${stage}: not in ${against}`];
    case 'differs':
      // Each arrow points from the other side to this pipeline.
      return [`${stage}: differs from ${against} (there -> here)`, ...lines];
    case 'unknown':
      return [`${stage}: can be compared only in part with ${against}`, ...lines];
  }
}
