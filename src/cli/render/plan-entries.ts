/** A plan as a list for people: one entry per instance, or one for many instances with the same reasons. */
import { addTo } from '../../base/add-to.ts';
import { stageOfInstance } from '../../base/stage-name.ts';
import {
  type Decision,
  describeReason,
  InstanceNames,
  type Plan,
  type StageId,
} from '../../runner/index.ts';
import { MOST_LISTED } from './instance-groups.ts';
import { reasonsOfMany } from './reasons-of-many.ts';

export interface PlanEntry {
  readonly kind: Decision['kind'];
  /** `decompose[rate=25]`, or `decompose (61)`. */
  readonly name: string;
  readonly reasons: readonly string[];
  /** A note below the reasons. */
  readonly more?: string;
}

type ToRun = Exclude<Decision, { readonly kind: 'hit' }>;

interface Together {
  readonly kind: ToRun['kind'];
  readonly stage: string;
  readonly reasons: readonly string[];
  readonly ids: StageId[];
}

/** What will and may run, in the order of the stages, then what is up to date. With `long`, nothing is grouped. */
export function planEntries(plan: Plan, long: boolean): readonly PlanEntry[] {
  const names = new InstanceNames(plan.pipeline);
  const upToDate = new Map<string, number>();
  const together = new Map<string, Together>();
  for (const [id, decision] of plan.decisions) {
    const stage = stageOfInstance(id);
    if (decision.kind === 'hit') upToDate.set(stage, (upToDate.get(stage) ?? 0) + 1);
    else {
      const { kind } = decision;
      const reasons = long ? [] : reasonsOfAll(decision);
      const key = JSON.stringify([stage, kind, reasons, long && id]);
      const same = together.get(key);
      if (same) same.ids.push(id);
      else together.set(key, { kind, stage, reasons, ids: [id] });
    }
  }
  const entries = merged([...together.values()], long).flatMap((group): readonly PlanEntry[] => {
    const { kind, stage, ids, reasons, more } = group;
    if (ids.length <= MOST_LISTED) {
      return ids.map((id) => {
        const decision = plan.decisions.get(id) as ToRun;
        return { kind, name: long ? id : names.short(id), reasons: reasonsOfOne(decision, names) };
      });
    }
    const all = names.count(stage);
    const count = ids.length < all ? `${ids.length} of ${all}` : String(all);
    const name = `${names.shared(ids)} (${count})`;
    return [{ kind, name, reasons, ...(more !== undefined && { more }) }];
  });
  const hits = [...upToDate].map(([stage, count]): PlanEntry => {
    return { kind: 'hit', name: count > 1 ? `${stage} (${count})` : stage, reasons: [] };
  });
  return [...entries, ...hits];
}

function reasonsOfOne(decision: ToRun, names: InstanceNames): readonly string[] {
  if (decision.kind === 'run') return decision.reasons.flatMap(describeReason);
  const more = decision.on.length > 1 ? ` and ${decision.on.length - 1} more` : '';
  return [`depends on ${names.short(decision.on[0]!)}${more}`];
}

function reasonsOfAll(decision: ToRun): readonly string[] {
  if (decision.kind === 'run') return reasonsOfMany(decision.reasons);
  return [`depends on ${[...new Set(decision.on.map(stageOfInstance))].join(', ')}`];
}

/** If the instances of a stage have many different reasons, only the common ones are shown. */
function merged(
  groups: readonly Together[],
  long: boolean,
): readonly (Together & { readonly more?: string })[] {
  if (long) return groups;
  const byStage = new Map<string, Together[]>();
  for (const group of groups) {
    const key = `${group.stage} ${group.kind}`;
    addTo(byStage, key, group);
  }
  return [...byStage.values()].flatMap((own) => {
    if (own.length <= MOST_LISTED) return own;
    const common = own[0]!.reasons.filter((text) =>
      own.every(({ reasons }) => reasons.includes(text)),
    );
    const more = 'reasons differ between instances; use --long';
    return [{ ...own[0]!, reasons: common, ids: own.flatMap(({ ids }) => ids), more }];
  });
}
