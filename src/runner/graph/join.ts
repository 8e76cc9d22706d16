/**
 * Resolves a reference of one instance to other instances: those that have the same values on all shared axes
 * and that match the filter of the reference.
 */
import { addTo } from '../../base/add-to.ts';
import { type Axes, stageId } from './pipeline.ts';
import { matches, type Selector } from './selector.ts';

/** The input of a join. Both declarations and expanded stages have these fields. */
export interface Joinable {
  readonly name: string;
  readonly axes: Axes;
}

/**
 * Finds instances of one stage by shared axes, with an index instead of a scan.
 *
 * Instances of a union of products may have different axes. Each instance is joined by the axes that it has.
 */
export class JoinIndex<T extends Joinable> {
  private readonly families: readonly Family<T>[];
  private ids: Map<string, T> | undefined;

  constructor(instances: readonly T[]) {
    const byNames = new Map<string, Family<T>>();
    for (const [order, instance] of instances.entries()) {
      const names = [...instance.axes.keys()].sort().join();
      const family = byNames.get(names) ?? new Family<T>(instance.axes);
      byNames.set(names, family);
      family.members.push({ order, instance });
    }
    this.families = [...byNames.values()];
  }

  byId(id: string): T | undefined {
    this.ids ??= new Map(
      this.families.flatMap(({ members }) =>
        members.map(({ instance }) => [stageId(instance.name, instance.axes), instance]),
      ),
    );
    return this.ids.get(id);
  }

  get isEmpty(): boolean {
    return this.families.length === 0;
  }

  /** Whether any instance has this axis. */
  hasAxis(axis: string): boolean {
    return this.families.some((family) => family.hasAxis(axis));
  }

  /** The instances in the declared order. */
  find(selector: Selector, axes: Axes): readonly T[] {
    const found = this.families.flatMap((family) => family.find(selector, axes));
    if (this.families.length > 1) found.sort((a, b) => a.order - b.order);
    const instances = found.map((member) => member.instance);
    return selector.filter.size === 0
      ? instances
      : instances.filter((one) => matches(selector, one.axes));
  }
}

interface Member<T> {
  readonly order: number;
  readonly instance: T;
}

/** Instances that have the same axes. */
class Family<T extends Joinable> {
  readonly members: Member<T>[] = [];
  private readonly axes: Axes;
  private readonly byAxes = new Map<string, Map<string, Member<T>[]>>();

  constructor(axes: Axes) {
    this.axes = axes;
  }

  hasAxis(axis: string): boolean {
    return this.axes.has(axis);
  }

  find(selector: Selector, axes: Axes): readonly Member<T>[] {
    const shared = [...axes.keys()].filter(
      (axis) => this.axes.has(axis) && !selector.filter.has(axis) && !selector.all,
    );
    return this.groups(shared).get(keyOf(axes, shared)) ?? [];
  }

  private groups(shared: readonly string[]): Map<string, Member<T>[]> {
    const name = shared.join();
    let groups = this.byAxes.get(name);
    if (!groups) {
      groups = new Map();
      for (const member of this.members) {
        const key = keyOf(member.instance.axes, shared);
        addTo(groups, key, member);
      }
      this.byAxes.set(name, groups);
    }
    return groups;
  }
}

function keyOf(axes: Axes, shared: readonly string[]): string {
  return stageId('', new Map(shared.map((axis) => [axis, axes.get(axis)!])));
}
