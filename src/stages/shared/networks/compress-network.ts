/** Replaces layers of one of our own networks. The new network shares the other weights with the given one. */
import { type Replacement, replaceLayers } from '../../../nn/factored/replacement.ts';
import type { LayerRow } from '../../../nn/model/history.ts';
import type { Network } from '../../../nn/model/weights.ts';
import { StageError } from '../../../runner/index.ts';
import type { Factoring } from '../compression/compress-layer.ts';
import {
  achievedRate,
  type CompressionPlan,
  compressLayers,
  type OnLayer,
} from '../compression/compress-layers.ts';
import { type CompressibleLayer, factorsIn } from '../layers/compressible-layer.ts';
import { type LayerSelection, selectLayers } from '../layers/layer-selection.ts';
import { isInInt8 } from '../ranks/chosen-forms.ts';
import { denseLayers } from './dense-layers.ts';
import {
  compressibleConvolutions,
  compressibleDense,
  laterConvolutions,
} from './network-layers.ts';
import { compressByTucker } from './tucker-layers.ts';

export interface CompressedNetwork extends Network {
  readonly rows: readonly LayerRow[];
  /** The true rate: see `achievedRate`. */
  readonly achieved: number;
}

export async function compressNetwork(
  network: Network,
  factoring: Factoring,
  plan: CompressionPlan,
  progress: OnLayer,
): Promise<CompressedNetwork> {
  refuseInt8(plan);
  const tucker = plan.layers !== 'dense' && plan.scheme === 'tucker';
  const layers = networkLayers(
    network,
    plan.layers,
    tucker || plan.scheme === null ? [] : [plan.scheme],
  );
  const ofTucker = tucker
    ? [
        ...compressByTucker(
          network,
          selected(network, laterConvolutions(network.description), plan.layers),
          plan,
          progress,
        ),
      ]
    : [];
  const others = await compressLayers(layers, factoring, plan, progress);
  const factored = ofTucker.flatMap(({ row, replacement }) =>
    replacement ? [{ row, replacement }] : [],
  );
  const replacements = new Map<string, Replacement>([
    ...factored.map(({ row, replacement }) => [row.name, replacement] as const),
    ...others.replacements,
  ]);
  const costs = factored.map(({ row, replacement }) => ({
    before: row.rows * row.cols,
    after: factorsIn(replacement),
  }));
  return {
    ...replaceLayers(network, replacements),
    rows: [...ofTucker.map(({ row }) => row), ...others.rows],
    achieved: achievedRate([...costs, ...others.costs]),
  };
}

/** All that reads our networks computes with floats: training, folding, the backends and the exports. */
function refuseInt8(plan: CompressionPlan): void {
  if (!isInInt8(plan)) return;
  throw new StageError(
    'networks that this program trained are stored in floats only',
    'write the network to ONNX by a stage of the type "export", read it by one of the type "model", and store that in 8 bits',
  );
}

/** Convolutions first, as in the network. */
export function networkLayers(
  network: Network,
  selection: LayerSelection,
  schemes: readonly string[],
): readonly CompressibleLayer<Replacement>[] {
  const layers = [
    ...schemes.flatMap((scheme) => compressibleConvolutions(network, scheme)),
    ...compressibleDense(network),
  ];
  return selected(network, layers, selection);
}

/** A pattern may match a layer that is not among `layers`. */
function selected<L extends { readonly name: string; readonly kind: 'dense' | 'convolution' }>(
  { description }: Network,
  layers: readonly L[],
  selection: LayerSelection,
): readonly L[] {
  const all = [...laterConvolutions(description), ...denseLayers(description)];
  return selectLayers(layers, selection, all);
}
