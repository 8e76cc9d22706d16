/**
 * A reference of one instance to the instances that it means: those that agree with it on every axis
 * that both have, and that pass the reference's own filter.
 */
import type { Scalar } from '../document/located.ts';
import { type Axes, stageId } from './pipeline.ts';
import { matches, type Selector } from './selector.ts';

/** What a join looks at; declarations and whole stages both have it. */
export interface Joinable {
  readonly name: string;
  readonly axes: Axes;
}

/** Finds instances of one stage by shared axes; each question costs its answer, not a scan. */
export class JoinIndex<T extends Joinable> {
  private readonly instances: readonly T[];
  private readonly byAxes = new Map<string, Map<string, T[]>>();

  constructor(instances: readonly T[]) {
    this.instances = instances;
  }

  find(selector: Selector, axes: Axes): readonly T[] {
    const theirs = this.instances[0]?.axes ?? new Map<string, Scalar>();
    const shared = [...axes.keys()].filter(
      (axis) => theirs.has(axis) && !selector.filter.has(axis),
    );
    const found = this.groups(shared).get(keyOf(axes, shared)) ?? [];
    return selector.filter.size === 0 ? found : found.filter((one) => matches(selector, one.axes));
  }

  private groups(shared: readonly string[]): Map<string, T[]> {
    const name = shared.join();
    let groups = this.byAxes.get(name);
    if (!groups) {
      groups = new Map();
      for (const instance of this.instances) {
        const key = keyOf(instance.axes, shared);
        const group = groups.get(key);
        if (group) group.push(instance);
        else groups.set(key, [instance]);
      }
      this.byAxes.set(name, groups);
    }
    return groups;
  }
}

function keyOf(axes: Axes, shared: readonly string[]): string {
  return stageId('', new Map(shared.map((axis) => [axis, axes.get(axis)!])));
}
