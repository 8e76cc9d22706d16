/** What is written in the place of each tensor of a set. */
import { sizeOf } from '../base/axes.ts';
import { ExpectedError } from '../base/expected-error.ts';
import { fitsIn } from '../base/half-floats.ts';
import { dtypeNamed } from './dtypes.ts';
import type { ReplacedLayer, TensorPart } from './replacement.ts';
import { encodedFloats } from './stored-floats.ts';
import type { StoredTensorInfo, TensorSet } from './tensor-set.ts';
import type { WrittenTensor } from './write-tensors.ts';

type InPlace = (tensor: StoredTensorInfo) => readonly WrittenTensor[];

/** File -> its new tensors in order. Those of a layer take the place of its weight and its bias. */
export function replacedTensors(
  set: TensorSet,
  layers: ReadonlyMap<string, ReplacedLayer>,
): ReadonlyMap<string, readonly WrittenTensor[]> {
  const places = new Map<string, InPlace>();
  for (const [name, { layer, replacement }] of layers) {
    const bias = `${name}.bias`;
    const newBias = `${name}.${replacement.parts.at(-1)!.suffix}.bias`;
    const { addedBias } = replacement;
    const hasBias = set.tensors.has(bias);
    places.set(layer.tensor, ({ dtype }) => [
      ...replacement.parts.map((part) => factor(name, part, dtype)),
      ...(addedBias && !hasBias
        ? [floats(newBias, dtype, [addedBias.length], () => addedBias)]
        : []),
    ]);
    places.set(bias, (tensor) => [
      addedBias
        ? floats(newBias, tensor.dtype, tensor.shape, () => sum(set.read(bias), addedBias))
        : { ...copied(set, tensor), name: newBias },
    ]);
  }
  const written = set.files.map(({ name, tensors }) => {
    const inPlace = (one: StoredTensorInfo) => places.get(one.name)?.(one) ?? [copied(set, one)];
    return [name, tensors.flatMap(inPlace)] as const;
  });
  requireDistinct(written.flatMap(([, tensors]) => tensors));
  return new Map(written);
}

function copied(set: TensorSet, { name, dtype, shape, bytes }: StoredTensorInfo): WrittenTensor {
  return { name, dtype, shape, bytes, parts: () => set.bytes(name) };
}

function factor(layer: string, part: TensorPart, dtype: string): WrittenTensor {
  return floats(`${layer}.${part.suffix}.weight`, dtype, part.shape, () => part.data);
}

function floats(
  name: string,
  dtype: string,
  shape: readonly number[],
  valuesOf: () => Float32Array,
): WrittenTensor {
  function* parts(): Generator<Uint8Array> {
    const values = valuesOf();
    if (!fitsIn(values, dtype)) {
      throw new ExpectedError(
        `${name} has numbers that are too large for ${dtype}`,
        'use a method whose factors have similar norms, such as svd-balanced, or convert the model to F32',
      );
    }
    yield* encodedFloats(values, dtype);
  }
  return { name, dtype, shape, bytes: sizeOf(shape) * dtypeNamed(dtype)!.size, parts };
}

function sum(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i]!);
}

function requireDistinct(tensors: readonly WrittenTensor[]): void {
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) {
      throw new ExpectedError(
        `the model already has a tensor ${name}, which a factor would be called`,
        'exclude this layer in layers',
      );
    }
    names.add(name);
  }
}
