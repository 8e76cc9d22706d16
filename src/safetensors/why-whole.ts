/** Why a tensor stays whole. Each rule says it so that the user can tell whether to change something. */
import type { NameChoice } from '../base/name-patterns.ts';
import type { ModuleNote } from './module-notes.ts';
import { isFloat } from './stored-floats.ts';
import type { StoredTensorInfo } from './tensor-set.ts';

export interface Candidate {
  readonly tensor: StoredTensorInfo;
  /** The name of its module. Undefined if it is not the weight of a module. */
  readonly module: string | undefined;
  /** The choice by `layers`. Undefined if there are no such patterns. */
  readonly choice: NameChoice | undefined;
  /** Whether it is taken as [in, out]. */
  readonly isTransposed: boolean;
  /** The number of values of its bias. Undefined if it has none. */
  readonly biases: number | undefined;
  /** As given in `groups`. */
  readonly groups: number | undefined;
  /** Undefined if the file has no notes about modules, null if it has none about this one. */
  readonly note: ModuleNote | null | undefined;
  /** Another name of the tensor in the model. */
  readonly alias: string | undefined;
}

/** Undefined if the tensor is the weight of a layer that can be compressed. */
export function whyWhole(candidate: Candidate): string | undefined {
  const { tensor, module, choice, alias } = candidate;
  const { shape, dtype } = tensor;
  if (module === undefined) return 'it is not the weight of a module: its name is not NAME.weight';
  if (choice?.selected === false) {
    return choice.pattern === undefined
      ? 'no pattern of layers selects it'
      : `the pattern "${choice.pattern}" excludes it`;
  }
  if (!isFloat(dtype)) return `its dtype is ${dtype}; only F32, F16, BF16 and F64 are supported`;
  if (shape.length > 4) return `it has ${shape.length} dimensions; at most 4 are supported`;
  if (shape.includes(0)) return 'it is empty';
  if (alias !== undefined) return `it shares its values with ${alias}`;
  const byModule = candidate.note === undefined ? byName : byNote;
  return byModule(candidate) ?? byBias(candidate);
}

/** A bias has one value per output. This shows most weights that are stored the other way round. */
function byBias({ tensor: { shape }, isTransposed, biases }: Candidate): string | undefined {
  const [outputs, inputs] = isTransposed ? [shape[1], shape[0]] : [shape[0], shape[1]];
  if (biases === undefined || biases === outputs) return undefined;
  const has = `its bias has ${biases} values, and it has ${outputs} outputs`;
  if (shape.length > 2 || biases !== inputs) return has;
  const cure = isTransposed ? 'exclude it in transpose' : 'select it in transpose';
  return `${has}; it seems to be stored as ${isTransposed ? '[out, in]' : '[in, out]'}: ${cure}`;
}

/** A part of a name that says embedding. Linear layers and embeddings have weights of the same shape. */
const EMBEDDING = /embed|^(?:wte|wpe|shared)$/i;

function byName({ tensor: { shape }, module, choice, groups }: Candidate): string | undefined {
  if (shape.length > 2) {
    if (groups === undefined && choice === undefined) {
      return 'a file does not say the groups of a convolution; select it in layers or give its groups';
    }
    if (groups === undefined && shape[1] === 1) {
      return 'it has one input channel or is depthwise; if it is not, give its groups: 1';
    }
    return depthwise(shape, groups);
  }
  const isNamed = choice?.pattern === module;
  if (isNamed || !module!.split('.').some((part) => EMBEDDING.test(part))) return undefined;
  return 'its name is that of an embedding; if it is a linear layer, write its full name in layers';
}

function byNote({ tensor: { shape }, note, groups }: Candidate): string | undefined {
  if (!note) return 'the notes of its file do not mention its module';
  const dimensions = DIMENSIONS[note.type];
  if (dimensions !== shape.length) return `the class of its module is ${note.type}`;
  return depthwise(shape, groups ?? note.groups);
}

/** Class of modules -> dimensions of their weights. */
const DIMENSIONS: Readonly<Record<string, number>> = { Linear: 2, Conv1D: 2, Conv1d: 3, Conv2d: 4 };

function depthwise(shape: readonly number[], groups = 1): string | undefined {
  return shape.length > 2 && groups > 1 && shape[1] === 1 ? 'it is depthwise' : undefined;
}
