/** The factored dense layers of a compressed ONNX model, beside the layers of the original that they replace. */
import type { ModelHistory } from '../../../nn/model/history.ts';
import { StageError } from '../../../runner/index.ts';
import type { WholeLayer } from '../layers/compressible-layer.ts';
import { MOST_INPUTS } from '../moments/repair-layer.ts';
import type { ForeignFile } from './foreign-file.ts';
import type { ForeignLayer } from './foreign-layer.ts';

export interface FactorChain {
  readonly original: ForeignLayer;
  /** The layer that acts first. */
  readonly right: ForeignLayer;
  /** The layers after it, in the order in which they act. */
  readonly rest: readonly ForeignLayer[];
}

interface Described {
  readonly file: ForeignFile;
  readonly history: ModelHistory;
}

/** In the order of the graph, and the factored layers that can't be repaired. */
export function factorChains(
  compressed: Described,
  original: Described,
): { readonly chains: readonly FactorChain[]; readonly whole: readonly WholeLayer[] } {
  const before = new Set(factoredDense(original.history));
  const now = new Set(factoredDense(compressed.history).filter((name) => !before.has(name)));
  const known = new Map(original.file.layers.map((layer) => [layer.name, layer]));
  for (const name of now) {
    if (known.get(name)?.kind === 'dense') continue;
    throw otherOriginal(name);
  }
  const parts = partsIn(compressed.file.layers.filter(({ name }) => !known.has(name)));
  const chains: FactorChain[] = [];
  const whole: WholeLayer[] = [];
  for (const layer of original.file.layers) {
    if (!now.has(layer.name)) continue;
    const found = chainOf(layer, parts);
    if (typeof found === 'string') whole.push({ name: layer.name, reason: found });
    else chains.push(found);
  }
  return { chains, whole };
}

/** By the last compression and those before it. */
function factoredDense({ compression }: ModelHistory): readonly string[] {
  const factored = compression?.layers.filter(({ kind, rank }) => kind !== 'convolution' && rank);
  return factored?.map(({ name }) => name) ?? [];
}

/** By the name of the layer and of the part. The writer adds a number to a name that the graph has already. */
function partsIn(layers: readonly ForeignLayer[]): ReadonlyMap<string, ForeignLayer> {
  return new Map(layers.map((layer) => [layer.name.replace(/\.\d+$/, ''), layer]));
}

/** A text is the reason why the layer can't be repaired. */
function chainOf(
  original: ForeignLayer,
  parts: ReadonlyMap<string, ForeignLayer>,
): FactorChain | string {
  const { name, shape } = original;
  const [right, core, left] = ['right', 'core', 'left'].map((part) => parts.get(`${name}.${part}`));
  if (!right || !left) return 'the file has no factors with its name';
  const [outputs, inputs] = shape as [number, number];
  if (left.shape[0] !== outputs || right.shape[1] !== inputs) throw otherOriginal(name);
  if (!right.isReplaceable) return 'its right factor is not stored as floats';
  if (right.inputs!.length !== original.inputs!.length) {
    return 'layers of different kinds share its weight';
  }
  return { original, right, rest: core ? [core, left] : [left] };
}

export function tooManyInputs({ name, shape }: ForeignLayer): WholeLayer {
  const reason = `it has ${shape[1]} inputs, and at most ${MOST_INPUTS} can be repaired`;
  return { name, reason };
}

export function otherOriginal(layer: string): StageError {
  return new StageError(
    `its input "original" has no dense layer ${layer} of the size that the factors in its input "model" have`,
    'use the model that was compressed',
  );
}
