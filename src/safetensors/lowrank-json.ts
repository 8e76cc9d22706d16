/**
 * `lowrank.json`, the description of a compressed model beside its files. `python/lowrank_loader.py` reads it to
 * replace the modules.
 */
import { sizeOf } from '../base/axes.ts';
import type { Json } from '../base/json.ts';
import type { ReplacedLayer } from './replacement.ts';
import type { FileDigests } from './write-tensors.ts';

/** What only the caller of `writeReplaced` knows. Other fields are written as they are. */
export interface LowrankJson {
  readonly method: string;
  /** By the names of the layers. */
  readonly layers: Readonly<Record<string, LowrankLayer>>;
  readonly [field: string]: Json;
}

export type LowrankLayer = {
  /** Of a Tucker decomposition: both. */
  readonly rank: number | readonly number[];
  /** ||W - W'||_F / ||W||_F of the factors as stored (`asStored`). */
  readonly relativeError: number;
  readonly [field: string]: Json;
};

/** Of the file. A loader refuses other versions. */
const VERSION = 1;

export interface WrittenModel {
  readonly layers: ReadonlyMap<string, ReplacedLayer>;
  /** By the names of the files. */
  readonly files: ReadonlyMap<string, Pick<FileDigests, 'bytes' | 'sha256'>>;
  /** By the names of the tensors. */
  readonly digests: ReadonlyMap<string, string>;
  /** Elements of all tensors. */
  readonly before: number;
  readonly after: number;
}

export function lowrankText(given: LowrankJson, model: WrittenModel): string {
  const { before, after } = model;
  const layers = [...model.layers].map(([name, { layer, replacement }]) => {
    const { kind, shape, dtype, groups, transposed } = layer;
    const parts = replacement.parts.map(({ suffix, shape: extents, keeps, groups: own = 1 }) => ({
      suffix,
      shape: extents,
      ...(keeps && { keeps }),
      groups: own,
      sha256: model.digests.get(`${name}.${suffix}.weight`),
    }));
    const rate = sizeOf(shape) / parts.reduce((sum, part) => sum + sizeOf(part.shape), 0);
    const described = {
      kind,
      shape,
      dtype,
      groups,
      transposed,
      bias: model.digests.has(`${name}.${replacement.parts.at(-1)!.suffix}.bias`),
      ...given.layers[name],
      rate,
      parts,
    };
    return [name, described] as const;
  });
  const content = {
    version: VERSION,
    ...given,
    rate: before / after,
    elements: { before, after },
    layers: Object.fromEntries(layers),
    files: Object.fromEntries(model.files),
  };
  // Lists of numbers take one line each. Strings contain no line breaks.
  const numbers = /\[\n([^[\]{}"]*)\n\s*\]/g;
  const text = JSON.stringify(content, null, 2);
  return `${text.replace(numbers, (_, list: string) => `[${list.trim().split(/,\s+/).join(', ')}]`)}\n`;
}
