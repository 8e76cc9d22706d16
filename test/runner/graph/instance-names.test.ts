/** Short names of instances select the same instances as their ids. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InstanceNames } from '../../../src/runner/graph/instance-names.ts';
import { byIdOf, type Pipeline, type Stage, stageId } from '../../../src/runner/graph/pipeline.ts';
import { matches, parseSelector } from '../../../src/runner/graph/selector.ts';

type Axes = Readonly<Record<string, string | number>>;

function namesOf(stages: Readonly<Record<string, readonly Axes[]>>): {
  readonly names: InstanceNames;
  readonly pipeline: Pipeline;
} {
  const all = Object.entries(stages).flatMap(([name, instances]) =>
    instances.map((one) => {
      const axes = new Map(Object.entries(one));
      return { id: stageId(name, axes), name, axes } as unknown as Stage;
    }),
  );
  const pipeline = { stages: all, byId: byIdOf(all) };
  return { names: new InstanceNames(pipeline), pipeline };
}

describe('a short name', () => {
  const { names } = namesOf({
    train: [{ dataset: 'mnist', trial: 0 }],
    part: [
      { dataset: 'mnist', method: 'svd', rate: 2 },
      { dataset: 'mnist', method: 'svd', rate: 25 },
      { dataset: 'mnist', method: 'int8' },
    ],
  });

  it('has the axes that vary, and none if the stage has one instance', () => {
    expect(names.short('train[dataset=mnist,trial=0]')).toBe('train');
    expect(names.short('part[dataset=mnist,method=svd,rate=25]')).toBe('part[method=svd,rate=25]');
    expect(names.varying('part')).toEqual(['method', 'rate']);
  });

  it('has an axis that some instances lack', () => {
    expect(names.short('part[dataset=mnist,method=int8]')).toBe('part[method=int8]');
  });

  it('of an instance that the pipeline lacks is its id', () => {
    expect(names.short('gone[a=1]')).toBe('gone[a=1]');
    expect(names.varying('gone')).toEqual([]);
    expect(names.count('gone')).toBe(0);
  });

  it('of several instances has the axes that they share', () => {
    const ids = ['part[dataset=mnist,method=svd,rate=2]', 'part[dataset=mnist,method=svd,rate=25]'];
    expect(names.shared(ids)).toBe('part[method=svd]');
    expect(names.shared([...ids, 'part[dataset=mnist,method=int8]'])).toBe('part');
  });
});

it('selects one instance, if no instance lacks an axis', () => {
  const value = fc.constantFrom('a', 'b', 1, 2);
  const axes = fc.record({ x: value, y: value, z: value });
  const id = (one: Axes): string => stageId('part', new Map(Object.entries(one)));
  const instances = fc.uniqueArray(axes, { minLength: 1, maxLength: 12, selector: id });
  fc.assert(
    fc.property(instances, (part) => {
      const { names, pipeline } = namesOf({ part });
      for (const { id: whole } of pipeline.stages) {
        const selector = parseSelector(names.short(whole))!;
        const found = pipeline.stages.filter((stage) => matches(selector, stage.axes));
        expect(found.map((stage) => stage.id)).toEqual([whole]);
      }
    }),
  );
});
