/**
 * The inputs of a stage from other stages, as references. Shared axes join by themselves, other axes are named. A
 * stage with a matrix has one reference for all its instances.
 */

import type { AxisValue } from './axes.ts';
import type { Need } from './producers.ts';
import { escaped, type Writing } from './text.ts';
import { writeFolder, writePath } from './write-path.ts';

/** The name of a stage of dvc.yaml here. */
export interface Address {
  readonly stage: string;
  readonly axes: ReadonlyMap<string, AxisValue>;
  /** Path of an output -> its name. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** One input of one instance. For each axis of its producer: the ways to write which value is meant. */
export interface Link {
  readonly key: string;
  readonly stage: string;
  readonly port: string;
  readonly axes: ReadonlyMap<string, readonly string[]>;
}

export function linkOf(
  need: Need,
  producer: Address,
  consumer: ReadonlyMap<string, AxisValue>,
  writing: Writing,
): Link {
  const { path } = need.product.out;
  const axes = new Map<string, readonly string[]>();
  for (const [axis, { text, written }] of producer.axes) {
    const ways: string[] = [];
    // A shared axis joins by itself.
    if (consumer.get(axis)?.text === text) ways.push('');
    ways.push(`${axis}=${written}`);
    for (const [own, value] of consumer) {
      if (value.text === text) ways.push(`${axis}=\${matrix.${own}}`);
    }
    axes.set(axis, ways);
  }
  const key = keyOf(need, path, writing);
  return { key, stage: producer.stage, port: producer.outputs.get(path)!, axes };
}

function keyOf({ relation, dep }: Need, path: string, writing: Writing): string {
  switch (relation) {
    case 'same':
      return writePath(dep, writing);
    case 'inside':
      return writeFolder(dep, path, writing);
    case 'around':
      return escaped(path);
  }
}

/** By key, one reference that is right for all instances; undefined if there is none. */
export function commonInputs(
  instances: readonly (readonly Link[])[],
): ReadonlyMap<string, string> | undefined {
  const [first = [], ...others] = instances;
  const inputs = new Map<string, string>();
  for (const link of first) {
    const same = [link];
    for (const links of others) {
      const other = links.find((one) => one.key === link.key);
      if (other?.stage !== link.stage || other.port !== link.port) return undefined;
      same.push(other);
    }
    const filter: string[] = [];
    for (const [axis, ways] of link.axes) {
      const way = ways.find((one) => same.every(({ axes }) => axes.get(axis)!.includes(one)));
      if (way === undefined) return undefined;
      if (way !== '') filter.push(way);
    }
    const instance = filter.length > 0 ? `[${filter.join(',')}]` : '';
    inputs.set(link.key, `${link.stage}${instance}.${link.port}`);
  }
  const sizes = new Set(instances.map((links) => new Set(links.map(({ key }) => key)).size));
  return sizes.size <= 1 ? withoutInner(inputs) : undefined;
}

/** An artifact inside another one is already present. */
function withoutInner(inputs: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const keys = [...inputs.keys()];
  return new Map([...inputs].filter(([key]) => !keys.some((one) => key.startsWith(`${one}/`))));
}
