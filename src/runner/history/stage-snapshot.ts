/**
 * The state of a stage in a past run or in the current plan. Two snapshots are compared part by part, using the
 * stored fingerprints, without running anything.
 */
import { fingerprintOf, type Outputs, type PlanContext } from '../execution/decide.ts';
import type { Event } from '../execution/event.ts';
import type { Plan } from '../execution/plan.ts';
import { producersOf } from '../execution/producers.ts';
import { type PlacedChange, placeChanges } from '../execution/reason.ts';
import type { Stage, StageId } from '../graph/pipeline.ts';
import { difference } from '../key/difference.ts';
import type { Fingerprint, StageKey } from '../key/fingerprint.ts';
import type { ProjectFiles } from '../store/project-files.ts';

export interface StageSnapshot {
  readonly state: 'made' | 'failed' | 'planned';
  /** Unknown as long as inputs are unknown. */
  readonly key?: StageKey;
  /** Undefined if there is no record. It lacks inputs that do not exist yet. Read only if it is called. */
  readonly fingerprint: () => Fingerprint | undefined;
  readonly outputs?: Outputs;
  /** Port -> the stages whose outputs do not exist yet. */
  readonly waiting: ReadonlyMap<string, readonly StageId[]>;
}

export type Comparison =
  | { readonly kind: 'same' }
  | {
      readonly kind: 'differs';
      readonly changes: readonly PlacedChange[];
      /** Sentences about parts that could not be compared. */
      readonly unknown: readonly string[];
    };

export function snapshotsOfRun(
  events: readonly Event[],
  { actions }: PlanContext,
): ReadonlyMap<StageId, StageSnapshot> {
  const snapshots = new Map<StageId, StageSnapshot>();
  for (const event of events) {
    if (event.type === 'stage-failed') {
      const { outputs: _none, ...before } = snapshots.get(event.stage) ?? UNKNOWN;
      snapshots.set(event.stage, { ...before, state: 'failed' });
    } else if (
      event.type === 'stage-started' ||
      event.type === 'stage-cached' ||
      event.type === 'stage-finished'
    ) {
      const { stage, key } = event;
      const outputs = 'outputs' in event ? event.outputs : undefined;
      snapshots.set(stage, {
        state: outputs ? 'made' : 'planned',
        key,
        fingerprint: () => actions.get(key)?.fingerprint,
        waiting: NOTHING,
        ...(outputs && { outputs }),
      });
    }
  }
  return snapshots;
}

export function snapshotInPlan(stage: Stage, plan: Plan, planContext: PlanContext): StageSnapshot {
  const decision = plan.decisions.get(stage.id)!;
  switch (decision.kind) {
    case 'hit': {
      const { key, outputs } = decision;
      const fingerprint = () => planContext.actions.get(key)?.fingerprint;
      return { state: 'made', key, outputs, fingerprint, waiting: NOTHING };
    }
    case 'run': {
      const { key, fingerprint } = decision;
      return { state: 'planned', key, fingerprint: () => fingerprint, waiting: NOTHING };
    }
    case 'pending': {
      const fingerprint = () =>
        fingerprintOf(
          stage,
          producersOf(stage, outputsInPlan(plan), planContext.files).byPort,
          planContext,
        );
      return { state: 'planned', fingerprint, waiting: waitingOf(stage, plan) };
    }
  }
}

/** Facts about the stage in `after`: the producers of its inputs, and the places of its values. */
export interface After {
  readonly stage: Stage | undefined;
  readonly outputsOf: (id: StageId) => Outputs | undefined;
  readonly files: ProjectFiles;
  /** False for a past run, because the documents may have changed since. */
  readonly placed: boolean;
}

export function compareSnapshots(
  before: StageSnapshot,
  after: StageSnapshot,
  { stage, outputsOf, files, placed }: After,
): Comparison {
  if (before.key !== undefined && before.key === after.key) return { kind: 'same' };
  const unknown = [...waitingTexts(before, 'there'), ...waitingTexts(after, 'here')];
  const [old, now] = [before.fingerprint(), after.fingerprint()];
  if (!old || !now) {
    const side = old ? 'here' : 'there';
    return {
      kind: 'differs',
      changes: [],
      unknown: [...unknown, `its parameters and inputs ${side} were not recorded`],
    };
  }
  const changes = difference(old, now).filter(
    (change) =>
      change.kind !== 'input' ||
      !(before.waiting.has(change.port) || after.waiting.has(change.port)),
  );
  if (!stage) return { kind: 'differs', changes, unknown };
  const reported = placeChanges(changes, stage, producersOf(stage, outputsOf, files).byPort).map(
    (change) => {
      if (placed) return change;
      const { span: _ofToday, ...rest } = change;
      return rest;
    },
  );
  return { kind: 'differs', changes: reported, unknown };
}

export function outputsInPlan(plan: Plan): After['outputsOf'] {
  return (id) => {
    const decision = plan.decisions.get(id);
    return decision?.kind === 'hit' ? decision.outputs : undefined;
  };
}

const UNKNOWN: Omit<StageSnapshot, 'state'> = { fingerprint: () => undefined, waiting: new Map() };

const NOTHING: ReadonlyMap<string, readonly StageId[]> = new Map();

function waitingTexts({ waiting }: StageSnapshot, side: string): string[] {
  return [...waiting].map(([port, [first, ...others]]) => {
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    return `input ${port}: ${side} it depends on ${first}${more}, which has no outputs yet`;
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
