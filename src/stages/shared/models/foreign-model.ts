/** A model that another program made. The rooms of the file formats find its layers and write it back. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StageError } from '../../../runner/index.ts';
import { isInInt8 } from '../chosen-forms.ts';
import { type CompressionPlan, compressLayers } from '../compress-layers.ts';
import { type CompressibleLayer, weightsIn } from './compressible-layer.ts';
import type { CompressibleModel } from './compressible-model.ts';
import type { ForeignFile } from './foreign-file.ts';
import { type ForeignJson, foreignJson } from './foreign-json.ts';
import { type ForeignReplacement, foreignLayer } from './foreign-layer.ts';
import { type LayerSelection, selectLayers } from './layer-selection.ts';

type Layer = CompressibleLayer<ForeignReplacement>;

export function foreignModel(json: ForeignJson, file: ForeignFile): CompressibleModel {
  const all = [...file.layers, ...file.whole];
  const layersFor = (selection: LayerSelection, schemes: readonly string[]): readonly Layer[] =>
    selectLayers(file.layers, selection, all).flatMap((layer) => {
      const tried = layer.kind === 'dense' ? [undefined] : schemes;
      return tried.flatMap((scheme) => foreignLayer(layer, scheme, file.roundTo) ?? []);
    });
  return {
    history: json.history,
    layers: layersFor,
    whole: file.whole,
    compress: async (known, plan, progress) => {
      refuseOthers(plan);
      if (isInInt8(plan)) file.requireInt8();
      const layers = layersFor(plan.layers, [plan.scheme]);
      const compressed = await compressLayers(layers, known, plan, progress);
      const { replacements, rows, achieved } = compressed;
      return {
        rows,
        achieved,
        write: (folder, history) => {
          const parameters = json.parameters + growth(layers, replacements);
          file.write(replacements, folder, history.compression);
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
