/**
 * Compares two states of a pipeline, stage by stage: two runs, or a run and the current plan. The fingerprints
 * explain why keys differ. If a stage has the same key but other outputs, something outside of the key changes
 * its outputs.
 */
import type { PlanContext } from '../execution/decide.ts';
import type { Plan } from '../execution/plan.ts';
import type { StageId } from '../graph/pipeline.ts';
import { type Metric, type MetricRow, readMetrics } from './metrics.ts';
import { type Sentence, sentencesOfChanges } from './sentence.ts';
import { compareSnapshots, type StageSnapshot } from './stage-snapshot.ts';

export interface StageDifference {
  readonly stage: string;
  readonly kind:
    | 'only-before'
    | 'only-after'
    | 'other-key'
    /** The same key but other outputs: they depend on something that is not part of the key. */
    | 'other-outputs'
    | 'same';
  readonly sentences: readonly Sentence[];
  /** If the keys differ: whether the outputs are the same, if both are known. */
  readonly sameOutputs?: boolean;
  /** The outputs whose content differs. */
  readonly outputs: readonly string[];
  readonly metrics: readonly MetricChange[];
  /** The state on each side. */
  readonly states: {
    readonly before?: StageSnapshot['state'];
    readonly after?: StageSnapshot['state'];
  };
}

export interface MetricChange {
  readonly name: string;
  readonly before: Metric;
  readonly after: Metric;
  /** Only if both are numbers. */
  readonly delta?: number;
}

export type Snapshots = ReadonlyMap<StageId, StageSnapshot>;

/** `plan` is the current plan, for producers and metrics. `placed`: `after` is that plan, so places are valid. */
export function compareRuns(
  before: Snapshots,
  after: Snapshots,
  plan: Plan,
  planContext: PlanContext,
  placed: boolean,
): readonly StageDifference[] {
  const ids = [...new Set([...before.keys(), ...after.keys()])];
  return ids.map((id) => {
    const [old, now] = [before.get(id), after.get(id)];
    const states = { ...(old && { before: old.state }), ...(now && { after: now.state }) };
    const bare = { stage: id, sentences: [], outputs: [], metrics: [], states };
    if (!old || !now) return { ...bare, kind: old ? 'only-before' : 'only-after' };
    const outputs = otherOutputs(old, now);
    const known = old.outputs !== undefined && now.outputs !== undefined;
    const metrics = outputs.length > 0 ? metricChanges(id, old, now, plan, planContext) : [];
    const outputsOf = (other: StageId) => after.get(other)?.outputs;
    const stage = plan.pipeline.byId.get(id);
    const { files } = planContext;
    const compared = compareSnapshots(old, now, { stage, outputsOf, files, placed });
    if (compared.kind === 'same') {
      return { ...bare, outputs, metrics, kind: outputs.length > 0 ? 'other-outputs' : 'same' };
    }
    const sentences = [
      ...sentencesOfChanges(compared.changes, planContext.store, false),
      ...compared.unknown.map((text) => ({ text })),
    ];
    const same = known ? { sameOutputs: outputs.length === 0 } : {};
    return { ...bare, kind: 'other-key', sentences, outputs, metrics, ...same };
  });
}

function otherOutputs(
  { outputs: before }: StageSnapshot,
  { outputs: after }: StageSnapshot,
): string[] {
  if (!before || !after) return [];
  const ports = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...ports].filter((port) => before[port] !== after[port]);
}

function metricChanges(
  id: StageId,
  before: StageSnapshot,
  after: StageSnapshot,
  { pipeline }: Plan,
  { store }: PlanContext,
): MetricChange[] {
  const stage = pipeline.byId.get(id);
  const read = ({ outputs = {} }: StageSnapshot) => named(readMetrics(stage, outputs, store));
  const [old, now] = [read(before), read(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.flatMap((name): MetricChange[] => {
    const [was, is] = [old.get(name) ?? null, now.get(name) ?? null];
    if (was === is) return [];
    const delta = typeof was === 'number' && typeof is === 'number' ? { delta: is - was } : {};
    return [{ name, before: was, after: is, ...delta }];
  });
}

/** `accuracy`, or `finetuned accuracy` for a row. The file is added if several metrics have the same name. */
function named(rows: readonly MetricRow[]): Map<string, Metric> {
  const metrics = new Map<string, Metric>();
  for (const { file, row, values } of rows) {
    for (const [key, value] of Object.entries(values)) {
      const name = row === undefined ? key : `${row} ${key}`;
      metrics.set(metrics.has(name) ? `${file} ${name}` : name, value);
    }
  }
  return metrics;
}
