/**
 * What is known of a stage somewhere: in a run of the past, or in a plan of today. Two of them are
 * compared part by part, by the fingerprints that are kept; nothing runs for it.
 */
import { fingerprintOf, type Knowledge, type Outputs } from '../execution/decide.ts';
import type { Event } from '../execution/event.ts';
import type { Plan } from '../execution/plan.ts';
import { type PlacedChange, placeChanges } from '../execution/reason.ts';
import type { Stage, StageId } from '../graph/pipeline.ts';
import { difference } from '../key/difference.ts';
import type { Digest } from '../key/digest.ts';
import type { Fingerprint, StageKey } from '../key/fingerprint.ts';

export interface Standing {
  readonly state: 'made' | 'failed' | 'planned';
  /** Unknown while inputs are. */
  readonly key?: StageKey;
  /** Absent where no record was kept; without the inputs that are waited for. */
  readonly fingerprint?: Fingerprint;
  readonly outputs?: Outputs;
  /** Port -> the stages whose outputs are not there yet. */
  readonly waiting: ReadonlyMap<string, readonly StageId[]>;
}

export type Comparison =
  | { readonly kind: 'same' }
  | {
      readonly kind: 'differs';
      readonly changes: readonly PlacedChange[];
      /** What could not be compared, in sentences. */
      readonly unknown: readonly string[];
    };

export function standingsOfRun(
  events: readonly Event[],
  { actions }: Knowledge,
): ReadonlyMap<StageId, Standing> {
  const standings = new Map<StageId, Standing>();
  for (const event of events) {
    if (event.type === 'stage-failed') {
      const { outputs: _none, ...before } = standings.get(event.stage) ?? { waiting: NOTHING };
      standings.set(event.stage, { ...before, state: 'failed' });
    } else if (
      event.type === 'stage-started' ||
      event.type === 'stage-cached' ||
      event.type === 'stage-finished'
    ) {
      const { stage, key } = event;
      const fingerprint = actions.get(key)?.fingerprint;
      const outputs = 'outputs' in event ? event.outputs : undefined;
      standings.set(stage, {
        state: outputs ? 'made' : 'planned',
        key,
        waiting: NOTHING,
        ...(fingerprint && { fingerprint }),
        ...(outputs && { outputs }),
      });
    }
  }
  return standings;
}

export function standingInPlan(stage: Stage, plan: Plan, knowledge: Knowledge): Standing {
  const decision = plan.decisions.get(stage.id)!;
  switch (decision.kind) {
    case 'hit': {
      const { key, outputs } = decision;
      const fingerprint = knowledge.actions.get(key)?.fingerprint;
      return {
        state: 'made',
        key,
        outputs,
        waiting: NOTHING,
        ...(fingerprint && { fingerprint }),
      };
    }
    case 'run': {
      const { key, fingerprint } = decision;
      return { state: 'planned', key, fingerprint, waiting: NOTHING };
    }
    case 'pending': {
      const fingerprint = fingerprintOf(stage, producersOf(stage, plan), knowledge);
      return { state: 'planned', fingerprint, waiting: waitingOf(stage, plan) };
    }
  }
}

/** `stage` is that of `after`: what names the places of its parameters and the makers of its inputs. */
export function compareStandings(
  before: Standing,
  after: Standing,
  stage: Stage | undefined,
  plan: Plan,
): Comparison {
  if (before.key !== undefined && before.key === after.key) return { kind: 'same' };
  const unknown = [...waitingTexts(before, 'there'), ...waitingTexts(after, 'here')];
  if (!before.fingerprint || !after.fingerprint) {
    const side = before.fingerprint ? 'here' : 'there';
    return { kind: 'differs', changes: [], unknown: [...unknown, `its key ${side} has no record`] };
  }
  const changes = difference(before.fingerprint, after.fingerprint).filter(
    (change) =>
      change.kind !== 'input' ||
      !(before.waiting.has(change.port) || after.waiting.has(change.port)),
  );
  const placed = stage ? placeChanges(changes, stage, producersOf(stage, plan)) : changes;
  return { kind: 'differs', changes: placed, unknown };
}

const NOTHING: ReadonlyMap<string, readonly StageId[]> = new Map();

function waitingTexts({ waiting }: Standing, side: string): string[] {
  return [...waiting].map(([port, [first, ...others]]) => {
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    return `input ${port}: ${side} it hangs on ${first}${more}, whose outputs are not there yet`;
  });
}

function waitingOf(stage: Stage, plan: Plan): Map<string, readonly StageId[]> {
  const waiting = new Map<string, readonly StageId[]>();
  for (const [port, references] of stage.inputs) {
    const missing = references.filter((one) => plan.decisions.get(one.stage)?.kind !== 'hit');
    if (missing.length > 0) waiting.set(port, [...new Set(missing.map((one) => one.stage))]);
  }
  return waiting;
}

function producersOf(stage: Stage, plan: Plan): Map<string, { stage: string; digest: Digest }[]> {
  const producers = new Map<string, { stage: string; digest: Digest }[]>();
  for (const [port, references] of stage.inputs) {
    const known = references.flatMap((reference) => {
      const decision = plan.decisions.get(reference.stage);
      const digest = decision?.kind === 'hit' ? decision.outputs[reference.port] : undefined;
      return digest ? [{ stage: reference.stage, digest }] : [];
    });
    producers.set(port, known);
  }
  return producers;
}
