/** Second moments from another program, and the layers of a model that they belong to. */
import { listed } from '../../../base/listed.ts';
import type { Matrix } from '../../../linalg/matrix.ts';
import { type InputArtifact, StageError } from '../../../runner/index.ts';
import type { CompressibleModel } from '../compression/compressible-model.ts';
import { layerFile } from '../layers/layer-file.ts';
import { type LayerMoments, MOMENTS, readMoments } from './moment-files.ts';
import { requireFewInputs } from './write-layer-moments.ts';

export interface GivenMoments {
  readonly name: string;
  weight(): Matrix;
  moments(): LayerMoments;
}

/** @param patterns for names of layers. Default: all layers with moments. */
export function givenMoments(
  model: Pick<CompressibleModel, 'layers'>,
  given: InputArtifact,
  patterns: readonly string[] | null,
): readonly GivenMoments[] {
  const dense = model.layers('dense', []);
  const fileOf = (name: string) => layerFile(name, MOMENTS);
  requireLayers(new Set(dense.map(({ name }) => fileOf(name))), given.files);
  const selected = patterns ? model.layers(patterns, []) : dense;
  const found = selected.filter(({ name }) => given.files.includes(fileOf(name)));
  const missing = selected.find((layer) => patterns && !found.includes(layer));
  if (missing || found.length === 0) {
    const { name } = missing ?? dense[0]!;
    throw new StageError(
      `its input "moments" has no ${fileOf(name)}`,
      missing
        ? 'write it, or leave the layer out with "layers"'
        : 'write one file for each layer, as docs/methods.md describes',
    );
  }
  for (const { name, cols } of found) requireFewInputs(name, cols);
  return found.map(({ name, cols, matrices }) => ({
    name,
    weight: () => matrices[0]!.matrix(),
    moments: () => ({
      calibration: readMoments(given, name, 'calibration', cols)!,
      heldOut: readMoments(given, name, 'heldOut', cols) ?? undefined,
    }),
  }));
}

/** A misspelt layer would be left out without a word. */
function requireLayers(known: ReadonlySet<string>, files: readonly string[]): void {
  const others = files.filter((file) => file.includes(`${MOMENTS}.`) && !known.has(file));
  if (others.length === 0) return;
  throw new StageError(
    `no dense layer of the model has the name of ${listed(others, 3)} in its input "moments"`,
    'name each file after its layer: LAYER.moments.safetensors',
  );
}
