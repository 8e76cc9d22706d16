/** A model that another program made. The rooms of the file formats find its layers and write it back. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StageError } from '../../../runner/index.ts';
import { achievedRate, type CompressionPlan, compressLayers } from '../compress-layers.ts';
import { type CompressibleLayer, type WholeLayer, weightsIn } from './compressible-layer.ts';
import type { CompressibleModel } from './compressible-model.ts';
import { type ForeignJson, foreignJson } from './foreign-json.ts';
import {
  type ForeignLayer,
  type ForeignReplacement,
  foreignLayer,
  type RoundTo,
} from './foreign-layer.ts';
import { type LayerSelection, selectLayers } from './layer-selection.ts';

/** A file of another program. */
export interface ForeignFile {
  readonly layers: readonly ForeignLayer[];
  /** Layers that stay as they are, whatever is asked. */
  readonly whole: readonly (WholeLayer & { readonly kind: 'dense' | 'convolution' })[];
  readonly roundTo: RoundTo;
  /** Writes the files of the model with these layers replaced. */
  write(replacements: ReadonlyMap<string, ForeignReplacement>, folder: string): void;
  close(): void;
}

type Layer = CompressibleLayer<ForeignReplacement>;

export function foreignModel(json: ForeignJson, file: ForeignFile): CompressibleModel {
  const select = <L extends Pick<ForeignLayer, 'name' | 'kind'>>(
    layers: readonly L[],
    selection: LayerSelection,
  ) => selectLayers(layers, selection, [...file.layers, ...file.whole]);
  const layersFor = (selection: LayerSelection, schemes: readonly string[]): readonly Layer[] =>
    select(file.layers, selection).flatMap((layer) => {
      const tried = layer.kind === 'dense' ? [undefined] : schemes;
      return tried.flatMap((scheme) => foreignLayer(layer, scheme, file.roundTo) ?? []);
    });
  return {
    history: json.history,
    layers: layersFor,
    whole: (selection) => select(file.whole, selection),
    compress: async (known, plan, progress) => {
      refuseOthers(plan);
      const layers = layersFor(plan.layers, [plan.scheme]);
      const compressed = await compressLayers(layers, known, plan, progress);
      const { replacements, rows } = compressed;
      return {
        rows,
        achieved: achievedRate(compressed),
        write: (folder, history) => {
          const parameters = json.parameters + growth(layers, replacements);
          file.write(replacements, folder);
          const text = foreignJson({ ...json, parameters, history });
          writeFileSync(join(folder, 'model.json'), text);
        },
      };
    },
    close: file.close,
  };
}

function refuseOthers({ form, scheme, layers }: CompressionPlan): void {
  if (form === 'interpolative') {
    throw new StageError(
      'the form "interpolative" exists only for networks that this program trained',
      'use the form "columns"',
    );
  }
  if (scheme === 'tucker' && layers !== 'dense') {
    throw new StageError(
      'the scheme "tucker" exists only for networks that this program trained',
      'use the scheme "channel", "input" or "spatial"',
    );
  }
}

/** The number of weights after the replacement, minus that before. */
function growth(
  layers: readonly Layer[],
  replacements: ReadonlyMap<string, ForeignReplacement>,
): number {
  let sum = 0;
  for (const { name, rows, cols, biases } of layers) {
    const replacement = replacements.get(name);
    if (!replacement) continue;
    // A bias that stays as it is counts on both sides.
    sum += weightsIn(replacement) - rows * cols - biases;
  }
  return sum;
}
