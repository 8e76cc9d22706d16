/**
 * Decides which stages keep a matrix and which are split into several stages, and names the instances. Stages are
 * decided after the stages that they depend on, because a reference contains the name of the producer.
 */
import type { JsonObject } from '../base/json.ts';
import type { Located } from '../runner/index.ts';
import { type Axes, type AxisValue, axesOf } from './axes.ts';
import type { DvcStage } from './dvc-file.ts';
import type { Iterations } from './instances.ts';
import { type Address, type Link, linkOf } from './links.ts';
import { outputName, stageName } from './names.ts';
import { outsideReason } from './path.ts';
import type { Need, Producers } from './producers.ts';
import type { ProjectFolder } from './project-folder.ts';
import type { Resolver } from './resolver.ts';
import type { DvcInstance } from './stage-reader.ts';
import type { Writing } from './text.ts';
import { writePath } from './write-path.ts';
import { joinStages, type WrittenStage, writeStage } from './written-stage.ts';

export interface Group {
  readonly stage: DvcStage;
  readonly iterations: Iterations;
  readonly instances: readonly DvcInstance[];
}

export interface PlannedStage {
  readonly group: Group;
  /** Stages of pipeline.yaml by name. */
  readonly stages: ReadonlyMap<string, JsonObject>;
  readonly written: readonly WrittenStage[];
  /** Whether iterations became separate stages. */
  readonly isSplit: boolean;
}

export interface PlanQuestion {
  readonly groups: readonly Group[];
  readonly needs: ReadonlyMap<DvcInstance, readonly Need[]>;
  readonly producers: Producers;
  readonly folder: ProjectFolder;
  readonly resolver: Resolver;
  readonly liveName: (node: Located) => string | undefined;
  readonly writing: Omit<Writing, 'axis'>;
}

type Addresses = ReadonlyMap<DvcInstance, Address>;

export class StagePlan {
  readonly addresses = new Map<DvcInstance, Address>();
  private readonly question: PlanQuestion;
  private readonly groupOf = new Map<DvcInstance, Group>();
  private readonly names = new Set<string>();
  private readonly groupNames = new Map<Group, string>();
  private readonly planned = new Map<Group, Axes | undefined>();

  constructor(question: PlanQuestion) {
    this.question = question;
    for (const group of question.groups) {
      for (const instance of group.instances) this.groupOf.set(instance, group);
      const name = stageName(group.stage.name, this.names);
      this.names.add(name);
      this.groupNames.set(group, name);
    }
  }

  /** In the order of dvc.yaml. */
  plan(): readonly PlannedStage[] {
    for (const group of this.question.groups) this.settle(group, []);
    return this.question.groups.map((group) => this.write(group));
  }

  /** Decides about a group after its dependencies. In a cycle of groups, each is split. */
  private settle(group: Group, open: readonly Group[]): void {
    if (this.planned.has(group)) return;
    const at = open.indexOf(group);
    if (at >= 0) {
      for (const one of open.slice(at)) this.settleAs(one, undefined);
      return;
    }
    for (const instance of group.instances) {
      for (const { product } of this.needsOf(instance)) {
        this.settle(this.groupOf.get(product.instance)!, [...open, group]);
      }
    }
    if (this.planned.has(group)) return;
    const { resolver, liveName } = this.question;
    const axes = axesOf({
      iterations: group.iterations,
      instances: group.instances,
      resolver,
      liveName,
    });
    const addresses = axes && this.addressesOf(group, axes);
    const alike =
      addresses &&
      joinStages(
        group.instances.map((one) => this.writeOne(one, addresses, axes)),
        group.instances.map((one) => this.linksOf(one, addresses, axes)),
        undefined,
      );
    this.settleAs(group, alike ? axes : undefined);
  }

  private settleAs(group: Group, axes: Axes | undefined): void {
    if (this.planned.has(group)) return;
    this.planned.set(group, axes);
    for (const [instance, address] of this.addressesOf(group, axes)) {
      this.addresses.set(instance, address);
      this.names.add(address.stage);
    }
  }

  private write(group: Group): PlannedStage {
    const axes = this.planned.get(group);
    const stages = new Map<string, JsonObject>();
    const written = group.instances.map((one) => this.writeOne(one, this.addresses, axes));
    if (axes) {
      const links = group.instances.map((one) => this.linksOf(one, this.addresses, axes));
      stages.set(this.groupNames.get(group)!, joinStages(written, links, axes.matrix)!);
    } else {
      for (const [index, one] of group.instances.entries()) {
        const stage = joinStages(
          [written[index]!],
          [this.linksOf(one, this.addresses, axes)],
          undefined,
        )!;
        stages.set(this.addresses.get(one)!.stage, stage);
      }
    }
    const isSplit = axes === undefined && group.instances[0]?.iteration.key !== undefined;
    return { group, stages, written, isSplit };
  }

  private writeOne(
    instance: DvcInstance,
    addresses: Addresses,
    axes: Axes | undefined,
  ): WrittenStage {
    const { folder, producers } = this.question;
    return writeStage({
      instance,
      needs: this.needsOf(instance),
      address: addresses.get(instance)!,
      links: this.linksOf(instance, addresses, axes),
      writing: this.writingOf(axes),
      folder,
      producers,
    });
  }

  private linksOf(instance: DvcInstance, own: Addresses, axes: Axes | undefined): readonly Link[] {
    const consumer = own.get(instance)!.axes;
    return this.needsOf(instance).map((need) => {
      const producer = this.addresses.get(need.product.instance) ?? own.get(need.product.instance)!;
      return linkOf(need, producer, consumer, this.writingOf(axes));
    });
  }

  private needsOf(instance: DvcInstance): readonly Need[] {
    return this.question.needs.get(instance) ?? [];
  }

  private writingOf(axes: Axes | undefined): Writing {
    return { ...this.question.writing, axis: (item) => axes?.reference(item) };
  }

  private addressesOf(group: Group, axes: Axes | undefined): Map<DvcInstance, Address> {
    const writing = this.writingOf(axes);
    const taken = new Set(this.names);
    const addresses = new Map<DvcInstance, Address>();
    for (const instance of group.instances) {
      const { key } = instance.iteration;
      let stage = this.groupNames.get(group)!;
      if (!axes && key !== undefined) {
        stage = stageName(`${group.stage.name}_${key}`, taken);
        taken.add(stage);
      }
      const values = (key !== undefined && axes?.values.get(key)) || new Map<string, AxisValue>();
      addresses.set(instance, { stage, axes: values, outputs: outputNames(instance, writing) });
    }
    return addresses;
  }
}

/** An output is named by its path. If a path has variables, all outputs of the stage get names. */
function outputNames(instance: DvcInstance, writing: Writing): Map<string, string> {
  const outs = instance.outs.filter(({ path }) => outsideReason(path) === undefined);
  const written = outs.map((out) => writePath(out, writing));
  const areFixed = written.every((path) => !path.includes('${'));
  const names = new Map<string, string>();
  for (const [index, { path }] of outs.entries()) {
    if (names.has(path)) continue;
    const name = areFixed ? path : outputName(written[index]!, new Set(names.values()));
    names.set(path, name);
  }
  return names;
}
