/** Short names of instances: without the axes that have the same value in all instances of their stage. */
import { addTo } from '../../base/add-to.ts';
import { stageOfInstance } from '../../base/stage-name.ts';
import { type Axes, type Pipeline, type Stage, type StageId, stageId } from './pipeline.ts';

/** Computed per stage when a name is asked for, because a pipeline can have a million instances. */
export class InstanceNames {
  private readonly pipeline: Pipeline;
  private members: ReadonlyMap<string, readonly Stage[]> | undefined;
  private readonly axes = new Map<string, readonly string[]>();

  constructor(pipeline: Pipeline) {
    this.pipeline = pipeline;
  }

  /** `decompose[rate=25]` selects the same instance as its id. An id that is not in the pipeline stays as it is. */
  short(id: string): string {
    const stage = this.pipeline.byId.get(id as StageId);
    return stage ? this.named(stage.name, stage.axes) : id;
  }

  /** The axes that these instances of a stage share, such as `decompose[rate=25]`. */
  shared(ids: readonly string[]): string {
    const all = ids.flatMap((id) => this.pipeline.byId.get(id as StageId) ?? []);
    const [first] = all;
    if (!first) return stageOfInstance(ids[0] ?? '');
    const axes = [...first.axes].filter(([axis, value]) =>
      all.every((one) => String(one.axes.get(axis)) === String(value)),
    );
    return this.named(first.name, new Map(axes));
  }

  /** The axes whose values differ between the instances of this stage. An instance may lack some. */
  varying(name: string): readonly string[] {
    const known = this.axes.get(name);
    if (known) return known;
    const members = this.membersOf(name);
    const first = members[0]?.axes ?? new Map<string, unknown>();
    const axes = new Set(members.flatMap((stage) => [...stage.axes.keys()]));
    const varying = [...axes].filter((axis) => {
      const [has, value] = [first.has(axis), String(first.get(axis))];
      return members.some(
        (one) => one.axes.has(axis) !== has || String(one.axes.get(axis)) !== value,
      );
    });
    this.axes.set(name, varying);
    return varying;
  }

  /** The number of instances of this stage. */
  count(name: string): number {
    return this.membersOf(name).length;
  }

  private named(name: string, axes: Axes): string {
    const varying = this.varying(name);
    return stageId(name, new Map([...axes].filter(([axis]) => varying.includes(axis))));
  }

  private membersOf(name: string): readonly Stage[] {
    if (!this.members) {
      const members = new Map<string, Stage[]>();
      for (const stage of this.pipeline.stages) {
        addTo(members, stage.name, stage);
      }
      this.members = members;
    }
    return this.members.get(name) ?? [];
  }
}
