/** Explains a stage: its current state, the parts of its key, and why it runs or was run. */
import type { PlanContext } from '../execution/decide.ts';
import { type DecisionWords, wordsFor } from '../execution/decision-words.ts';
import type { Event } from '../execution/event.ts';
import type { Plan } from '../execution/plan.ts';
import type { Stage } from '../graph/pipeline.ts';
import type { Fingerprint } from '../key/fingerprint.ts';
import type { ActionRecord } from '../store/action-cache.ts';
import { type Sentence, sentencesOfReasons } from './sentence.ts';

export interface Explanation {
  readonly stage: string;
  readonly state: DecisionWords;
  readonly sentences: readonly Sentence[];
  readonly key?: string;
  readonly fingerprint?: Fingerprint;
  readonly made?: Made;
  readonly accepted?: ActionRecord['provenance']['accepted'];
}

export interface Made {
  readonly run: string;
  readonly finished: string;
  readonly seconds: number;
  /** The remote cache that it came from. */
  readonly cache?: string;
}

export function madeBy({ provenance, seconds }: ActionRecord): Made {
  const { run, finished, cache } = provenance;
  return { run, finished, seconds, ...(cache && { cache: cache.address }) };
}

export function explain(
  stage: Stage,
  { plan, planContext }: { readonly plan: Plan; readonly planContext: PlanContext },
  readEvents: (run: string) => readonly Event[],
): Explanation {
  const decision = plan.decisions.get(stage.id)!;
  const about = { stage: stage.id, state: wordsFor(decision) };
  switch (decision.kind) {
    case 'pending': {
      const sentences = decision.on.map((id) => ({
        text: `it depends on ${id}, which has no outputs yet`,
      }));
      return { ...about, sentences };
    }
    case 'run': {
      const { key, fingerprint, reasons } = decision;
      const sentences = sentencesOfReasons(reasons, planContext.store);
      return { ...about, sentences, key, fingerprint };
    }
    case 'hit': {
      const { key } = decision;
      const record = planContext.actions.get(key);
      if (!record) {
        const sentences = [{ text: 'could not read the record of this result' }];
        return { ...about, sentences, key };
      }
      const { fingerprint, provenance } = record;
      const { run, accepted } = provenance;
      return {
        ...about,
        sentences: pastSentences(record, readEvents(run), planContext.store),
        key,
        fingerprint,
        made: madeBy(record),
        ...(accepted && { accepted }),
      };
    }
  }
}

/** The record has only sentences. The journal of its run has the changes themselves, but it may have been deleted. */
function pastSentences(
  { key, provenance }: ActionRecord,
  events: readonly Event[],
  store: PlanContext['store'],
): readonly Sentence[] {
  for (const event of events) {
    if (event.type === 'stage-started' && event.key === key) {
      return sentencesOfReasons(event.reasons, store);
    }
  }
  return provenance.reasons.map((text) => ({ text }));
}
