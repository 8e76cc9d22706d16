/**
 * Finds the layers that can be compressed among the tensors of a PyTorch model.
 *
 * The weight of the module `NAME` is the tensor `NAME.weight`: [out, in] for a linear module, [out, in / groups,
 * ...kernel] for a convolution. If the file has notes about its modules, they decide. Otherwise the shape does, and the
 * name, because an embedding looks like a linear module (`why-whole.ts`).
 */
import { transposedMatrix } from '../base/axes.ts';
import { ExpectedError } from '../base/expected-error.ts';
import { chooseNames } from '../base/name-patterns.ts';
import { moduleNotes } from './module-notes.ts';
import type { StoredTensorInfo, TensorSet } from './tensor-set.ts';
import { whyWhole } from './why-whole.ts';

export interface TensorLayer {
  /** The name of the module. */
  readonly name: string;
  readonly kind: 'dense' | 'convolution';
  /** [out, in] or [out, in / groups, ...kernel]. */
  readonly shape: readonly number[];
  readonly dtype: string;
  /** 1 for a dense layer. */
  readonly groups: number;
  /** Whether the tensor is stored as [in, out]. */
  readonly transposed: boolean;
  /** The name of the tensor. */
  readonly tensor: string;
  /** The weight in the layout of `shape`. */
  read(): Float32Array;
}

export interface WholeTensor {
  readonly name: string;
  readonly reason: string;
}

export interface TensorLayerOptions {
  /** Patterns of module names (`base/name-patterns.ts`). Default: all linear modules, and convolutions with a note. */
  readonly layers?: readonly string[];
  /** Patterns of the modules whose weight is stored as [in, out], such as those of GPT-2. */
  readonly transpose?: readonly string[];
  /** Pattern of convolutions -> their groups. Default: 1. */
  readonly groups?: Readonly<Record<string, number>>;
}

export interface TensorLayers {
  readonly layers: readonly TensorLayer[];
  /** The other tensors of two or more dimensions. */
  readonly whole: readonly WholeTensor[];
}

/** @throws ExpectedError if a pattern matches nothing */
export function tensorLayers(set: TensorSet, options: TensorLayerOptions = {}): TensorLayers {
  const tensors = [...set.tensors.values()].filter(({ shape }) => shape.length >= 2);
  const named = (fits: (tensor: StoredTensorInfo) => boolean) =>
    tensors.filter(fits).flatMap((tensor) => moduleOf(tensor) ?? []);
  const choices =
    options.layers &&
    chooseNames(
      options.layers,
      named(() => true),
      'layers',
    );
  const matrices = named(({ shape }) => shape.length === 2);
  const turned = chooseNames(options.transpose ?? [], matrices, 'transpose');
  const groupsOf = givenGroups(
    options.groups ?? {},
    named(({ shape }) => shape.length > 2),
  );
  const { modules, tied } = moduleNotes(set.files);
  const layers: TensorLayer[] = [];
  const whole: WholeTensor[] = [];
  for (const tensor of tensors) {
    const module = moduleOf(tensor);
    const name = module ?? tensor.name;
    const note = modules && (modules.get(name) ?? null);
    const isTransposed = turned.get(name)?.selected === true || note?.type === 'Conv1D';
    const reason = whyWhole({
      tensor,
      module,
      note,
      isTransposed,
      choice: choices?.get(name),
      groups: groupsOf.get(name),
      alias: tied.get(tensor.name),
      biases: set.tensors.get(`${name}.bias`)?.shape[0],
    });
    if (reason === undefined) {
      const groups = groupsOf.get(name) ?? note?.groups ?? 1;
      layers.push(layerOf(set, name, tensor, isTransposed, groups));
    } else {
      whole.push({ name, reason });
    }
  }
  return { layers, whole };
}

function moduleOf({ name }: StoredTensorInfo): string | undefined {
  return /^(.+)\.weight$/s.exec(name)?.[1];
}

function givenGroups(
  groups: Readonly<Record<string, number>>,
  names: readonly string[],
): ReadonlyMap<string, number> {
  const given = Object.entries(groups).flatMap(([pattern, count]) =>
    [...chooseNames([pattern], names, 'groups')].flatMap(([name, { selected }]) =>
      selected ? [[name, count] as const] : [],
    ),
  );
  return new Map(given);
}

function layerOf(
  set: TensorSet,
  name: string,
  { name: tensor, shape: stored, dtype }: StoredTensorInfo,
  isTransposed: boolean,
  groups: number,
): TensorLayer {
  const shape = isTransposed ? stored.toReversed() : stored;
  if (shape[0]! % groups !== 0) {
    throw new ExpectedError(
      `${tensor} has ${shape[0]} outputs, which ${groups} groups do not divide`,
      'correct the number in groups',
    );
  }
  return {
    name,
    kind: shape.length === 2 ? 'dense' : 'convolution',
    shape,
    dtype,
    groups,
    transposed: isTransposed,
    tensor,
    read: () =>
      isTransposed ? transposedMatrix(set.read(tensor), stored[0]!, stored[1]!) : set.read(tensor),
  };
}
