/** A model that another program made. The rooms of the file formats find its layers and write it back. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StageError } from '../../../runner/index.ts';
import {
  achievedRate,
  type CompressionPlan,
  compressLayers,
} from '../compression/compress-layers.ts';
import type { CompressibleModel } from '../compression/compressible-model.ts';
import type { CompressibleLayer } from '../layers/compressible-layer.ts';
import { type LayerSelection, selectLayers } from '../layers/layer-selection.ts';
import { type ForeignJson, foreignJson } from '../models/foreign-json.ts';
import { isInInt8 } from '../ranks/chosen-forms.ts';
import type { ForeignFile, LayerOptions } from './foreign-file.ts';
import { type ForeignLayer, foreignLayer } from './foreign-layer.ts';
import type { ForeignReplacement } from './foreign-parts.ts';

type Layer = CompressibleLayer<ForeignReplacement>;

export function foreignModel(json: ForeignJson, file: ForeignFile): CompressibleModel {
  const all = [...file.layers, ...file.whole];
  const layersFor = (selection: LayerSelection, schemes: readonly string[]): readonly Layer[] => {
    const selected = selectLayers(file.layers, selection, all);
    const found = selected.flatMap((layer) => {
      const tried = layer.kind === 'dense' ? [undefined] : schemes;
      return tried.flatMap((scheme) => foreignLayer(layer, scheme) ?? []);
    });
    if (found.length === 0) throw nothingToFactor(json.history.title, file, selected);
    return found;
  };
  return {
    history: json.history,
    layers: layersFor,
    unfit: (selection, schemes) =>
      selectLayers(file.layers, selection, all)
        .filter((layer) => layer.kind === 'convolution' && schemes.length > 0)
        .filter((layer) => schemes.every((scheme) => !foreignLayer(layer, scheme)))
        .map(({ name, shape }) => ({ name, reason: unfitReason(schemes, shape) })),
    compress: async (factoring, plan, progress) => {
      refuseOthers(plan);
      refuseTwice(json);
      if (isInInt8(plan)) file.requireInt8();
      const layers = layersFor(plan.layers, plan.scheme === null ? [] : [plan.scheme]);
      const { replacements, rows, costs } = await compressLayers(layers, factoring, plan, progress);
      return {
        rows,
        achieved: achievedRate(costs),
        write: (folder, history) => {
          const parameters = file.write(replacements, folder, history.compression);
          const options = optionsAfter(file.options, replacements);
          const text = foreignJson({ ...json, parameters, options, history });
          writeFileSync(join(folder, 'model.json'), text);
        },
      };
    },
    close: file.close,
  };
}

/** Otherwise the result would be the original model under the name of a method. */
function nothingToFactor(
  title: string,
  { layers, whole }: ForeignFile,
  selected: readonly ForeignLayer[],
): StageError {
  if (layers.length === 0) {
    const [first] = whole;
    const reason = first ? `${first.name} stays as it is: ${first.reason}` : 'it has no layers';
    return new StageError(
      `no layer of the model "${title}" can be factored`,
      `${reason}; the log of its stage has all reasons`,
    );
  }
  if (selected.length === 0) {
    return new StageError(
      `"layers" selects no layer of the model "${title}" that can be factored`,
      'select others, such as layers: ["*"]',
    );
  }
  return new StageError(
    `only convolutions of the model "${title}" are selected, and no scheme here factors them`,
    'use the scheme "channel", and list it in "schemes" of the factorize stage',
  );
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

/** `spatial` is the only scheme that does not take all kernels. */
function unfitReason(schemes: readonly string[], [, , ...window]: readonly number[]): string {
  const axes = window.length === 1 ? 'one axis' : `${window.length} axes`;
  return `the scheme "${schemes.join('" or "')}" splits kernels of two axes, and this one has ${axes}`;
}

/** A loader replaces the modules of the original, which `lowrank.json` describes. */
function refuseTwice({ format, history: { title, compression } }: ForeignJson): void {
  if (format !== 'safetensors' || compression === undefined) return;
  throw new StageError(
    `"${title}" is compressed already (${compression.label}), and a PyTorch model can be compressed only once`,
    'give the original model, and select all layers in one stage',
  );
}

/** The parts of a replaced layer are layers too. They are not stored as [in, out]. */
function optionsAfter(
  { layers, transpose, groups }: LayerOptions,
  replacements: ReadonlyMap<string, ForeignReplacement>,
): LayerOptions {
  const partsOf = (name: string) =>
    replacements.get(name)?.parts.map(({ suffix }) => `${name}.${suffix}`) ?? [name];
  const remaining = transpose?.filter((name) => !replacements.has(name)) ?? [];
  const grouped = Object.entries(groups ?? {}).flatMap(([name, count]) =>
    partsOf(name).map((part) => [part, count] as const),
  );
  return {
    ...(layers && { layers: layers.flatMap(partsOf) }),
    ...(remaining.length > 0 && { transpose: remaining }),
    ...(groups && { groups: Object.fromEntries(grouped) }),
  };
}
