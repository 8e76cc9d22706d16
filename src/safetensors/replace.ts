/**
 * Writes a model with some of its weights replaced by factors.
 *
 * The result is the state dict of the model in which the loader has replaced the module `NAME` by a sequence of modules
 * `NAME.right`, maybe `NAME.core`, and `NAME.left`: `NAME.weight` becomes `NAME.right.weight` and so on, and `NAME.bias`
 * becomes `NAME.left.bias`. Factors have the dtype of the weight. All other tensors are copied byte for byte. Files and
 * index keep their names.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sizeOf } from '../base/axes.ts';
import { ExpectedError } from '../base/expected-error.ts';
import type { TensorLayer } from './layers.ts';
import { type LowrankJson, lowrankText } from './lowrank-json.ts';
import { withReplaced } from './module-notes.ts';
import { replacedTensors } from './replaced-tensors.ts';
import type { ReplacedLayer, TensorPart, TensorReplacement } from './replacement.ts';
import type { TensorIndex } from './tensor-files.ts';
import type { TensorSet } from './tensor-set.ts';
import { type FileDigests, type WrittenTensor, writeTensors } from './write-tensors.ts';

/**
 * @param layers the layers of `set` (`tensorLayers`)
 * @param replacements by the names of layers
 * @param folder created if it does not exist
 */
export function writeReplaced(
  set: TensorSet,
  layers: readonly TensorLayer[],
  replacements: ReadonlyMap<string, TensorReplacement>,
  folder: string,
  lowrank: LowrankJson,
): void {
  mkdirSync(folder, { recursive: true });
  if (realpathSync(folder) === realpathSync(set.folder)) {
    throw new ExpectedError(`${folder} has the original model`, 'write to another folder');
  }
  const known = new Map(layers.map((layer) => [layer.name, layer]));
  const replaced = new Map<string, ReplacedLayer>();
  for (const [name, replacement] of replacements) {
    const layer = known.get(name);
    if (!layer) throw new Error(`${name} is not a layer of the model`);
    replaced.set(name, { layer, replacement });
  }
  const written = replacedTensors(set, replaced);
  const names = new Map(
    [...replacements].map(([name, { parts }]) => [name, partNames(name, parts)]),
  );
  const files = new Map<string, Pick<FileDigests, 'bytes' | 'sha256'>>();
  const digests = new Map<string, string>();
  for (const file of set.files) {
    const { tensors, ...whole } = writeTensors(
      join(folder, file.name),
      written.get(file.name)!,
      withReplaced(file, names),
    );
    files.set(file.name, whole);
    for (const [name, digest] of tensors) digests.set(name, digest);
  }
  if (set.index) {
    const text = indexText(set.index, written);
    writeFileSync(join(folder, set.index.name), text, { flag: 'wx' });
    const sha256 = createHash('sha256').update(text).digest('hex');
    files.set(set.index.name, { bytes: Buffer.byteLength(text), sha256 });
  }
  const count = (shapes: Iterable<{ readonly shape: readonly number[] }>) =>
    [...shapes].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const before = count(set.tensors.values());
  const after = count([...written.values()].flat());
  const text = lowrankText(lowrank, { layers: replaced, files, digests, before, after });
  writeFileSync(join(folder, 'lowrank.json'), text, { flag: 'wx' });
}

function partNames(name: string, parts: readonly TensorPart[]) {
  return parts.map(({ suffix, groups = 1 }) => ({ name: `${name}.${suffix}`, groups }));
}

function indexText(
  { content }: TensorIndex,
  files: ReadonlyMap<string, readonly WrittenTensor[]>,
): string {
  const entries = [...files].flatMap(([file, tensors]) =>
    tensors.map(({ name, bytes }) => ({ name, file, bytes })),
  );
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const changed = {
    ...content,
    metadata: { ...(content.metadata as object | undefined), total_size: total },
    weight_map: Object.fromEntries(entries.map(({ name, file }) => [name, file])),
  };
  return `${JSON.stringify(changed, null, 2)}\n`;
}
