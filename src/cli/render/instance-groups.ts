/** The stages of a run with many instances to run. They are reported as a whole, not per instance. */
import { stageOfInstance } from '../../base/stage-name.ts';
import type { Event } from '../../runner/index.ts';

/** Instances of a stage up to this number are listed one by one, in plans too. */
export const MOST_LISTED = 5;

export interface InstanceGroup {
  readonly name: string;
  /** How many of its instances will or may run. */
  readonly toRun: number;
  /** When the first one started, in milliseconds. */
  readonly since: number;
  started: number;
  finished: number;
  failed: number;
  /** Ended in any way, among all its instances. */
  ended: number;
  /** When its progress was last printed. */
  printedAt: number;
}

interface Counted {
  /** The number of instances of a stage. */
  count(name: string): number;
}

export class InstanceGroups {
  private readonly toRun = new Map<string, number>();
  private readonly groups = new Map<string, InstanceGroup>();
  private readonly ended = new Map<string, number>();
  private readonly names: Counted;
  private readonly now: () => number;

  constructor(toRun: readonly string[], names: Counted, now: () => number) {
    for (const id of toRun) {
      const name = stageOfInstance(id);
      this.toRun.set(name, (this.toRun.get(name) ?? 0) + 1);
    }
    this.names = names;
    this.now = now;
  }

  /** The group of a stage that has started; undefined if its instances are reported one by one. */
  of(stage: string): InstanceGroup | undefined {
    if (this.groups.size === 0) return undefined;
    return this.groups.get(stageOfInstance(stage));
  }

  follow(event: Event): void {
    if (this.toRun.size === 0 || !('stage' in event)) return;
    const name = stageOfInstance(event.stage);
    const toRun = this.toRun.get(name) ?? 0;
    if (toRun <= MOST_LISTED) return;
    const group = this.groups.get(name);
    if (event.type === 'stage-started' && event.attempt === 1) {
      if (group) group.started++;
      else {
        const [since, ended] = [this.now(), this.ended.get(name) ?? 0];
        const counts = { started: 1, finished: 0, failed: 0, ended };
        this.groups.set(name, { name, toRun, since, printedAt: since, ...counts });
      }
    } else if (ENDS.has(event.type)) {
      if (group) group.ended++;
      else this.ended.set(name, (this.ended.get(name) ?? 0) + 1);
      if (group && event.type === 'stage-finished') group.finished++;
      if (group && event.type === 'stage-failed') group.failed++;
    }
  }

  /** Whether all instances of the stage have ended. */
  isOver({ name, ended }: InstanceGroup): boolean {
    return ended >= this.names.count(name);
  }

  /** The group whose last instance this event ended. */
  endedBy(event: Event): InstanceGroup | undefined {
    if (!('stage' in event) || !ENDS.has(event.type)) return undefined;
    const group = this.of(event.stage);
    return group && group.ended === this.names.count(group.name) ? group : undefined;
  }

  /** Those with instances that have not ended. */
  open(): readonly InstanceGroup[] {
    return [...this.groups.values()].filter((group) => !this.isOver(group));
  }
}

const ENDS: ReadonlySet<Event['type']> = new Set([
  'stage-cached',
  'stage-finished',
  'stage-failed',
  'stage-skipped',
]);
