/** The results of one run, or of the current plan, found by their axes. */

import { addTo } from '../../../base/add-to.ts';
import { stageOfInstance } from '../../../base/stage-name.ts';
import type { Outputs } from '../../execution/decide.ts';
import type { Event } from '../../execution/event.ts';
import type { Plan } from '../../execution/plan.ts';
import { axesOfInstance } from '../../graph/instance-axes.ts';
import type { Axes, Stage } from '../../graph/pipeline.ts';
import type { StageKey } from '../../key/fingerprint.ts';
import type { RunStarted } from '../run-journal.ts';

export interface PastResult {
  /** The instance, and its name without axes. */
  readonly stage: string;
  readonly name: string;
  readonly axes: Axes;
  readonly key: StageKey;
  readonly outputs: Outputs;
}

export class PastResults {
  /** Undefined for the current plan. */
  readonly run: RunStarted | undefined;
  readonly results: readonly PastResult[];
  /** The keys of the results that this run made itself. */
  readonly made: ReadonlySet<StageKey>;
  private sets: readonly AxisSet[] | undefined;

  constructor(
    run: RunStarted | undefined,
    results: readonly PastResult[],
    made: ReadonlySet<StageKey>,
  ) {
    this.run = run;
    this.results = results;
    this.made = made;
  }

  /** All results whose axes are among these, with the same values. */
  within(axes: Axes): readonly PastResult[] {
    this.sets ??= axisSetsOf(this.results, ({ axes }) => axes);
    return this.sets.flatMap(({ names, members }) =>
      names.every((name) => axes.has(name)) ? (members.get(axesText(axes, names)) ?? []) : [],
    );
  }
}

/** Items with the same axes. */
interface AxisSet<T = PastResult> {
  readonly names: readonly string[];
  /** By the values of the axes, as `axesText` writes them. */
  readonly members: ReadonlyMap<string, readonly T[]>;
}

export function axisSetsOf<T>(
  items: readonly T[],
  axesOf: (item: T) => Axes,
): readonly AxisSet<T>[] {
  const sets = new Map<string, { names: readonly string[]; members: Map<string, T[]> }>();
  for (const item of items) {
    const axes = axesOf(item);
    const names = [...axes.keys()].sort();
    const id = JSON.stringify(names);
    let set = sets.get(id);
    if (!set) {
      set = { names, members: new Map() };
      sets.set(id, set);
    }
    const text = axesText(axes, names);
    addTo(set.members, text, item);
  }
  return [...sets.values()];
}

/** Texts and numbers that are written the same are the same, because ids do not distinguish them. */
export function axesText(axes: Axes, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => String(axes.get(name))));
}

export function resultsInPlan({ pipeline, decisions }: Plan): PastResults {
  const results = pipeline.stages.flatMap(({ id, name, axes }): PastResult[] => {
    const decision = decisions.get(id)!;
    if (decision.kind !== 'hit') return [];
    return [{ stage: id, name, axes, key: decision.key, outputs: decision.outputs }];
  });
  return new PastResults(undefined, results, new Set());
}

/** `byId` has the axes of the instances that exist now. Undefined if the journal has no beginning. */
export function resultsInRun(
  events: readonly Event[],
  byId: ReadonlyMap<string, Stage>,
): PastResults | undefined {
  const run = events.find((event): event is RunStarted => event.type === 'run-started');
  if (!run) return undefined;
  const results = new Map<string, PastResult>();
  const made = new Set<StageKey>();
  for (const event of events) {
    if (event.type === 'stage-finished') made.add(event.key);
    if (event.type !== 'stage-finished' && event.type !== 'stage-cached') continue;
    const { stage, key, outputs } = event;
    const axes = byId.get(stage)?.axes ?? axesOfInstance(stage);
    results.set(stage, { stage, name: stageOfInstance(stage), axes, key, outputs });
  }
  return new PastResults(run, [...results.values()], made);
}
