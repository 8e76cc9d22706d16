/** Replaces layers of one of our own networks. The new network shares the other weights with the given one. */
import { type Replacement, replaceLayers } from '../../../nn/factored/replacement.ts';
import type { LayerRow } from '../../../nn/model/history.ts';
import type { Network } from '../../../nn/model/weights.ts';
import { StageError } from '../../../runner/index.ts';
import { isInInt8 } from '../chosen-forms.ts';
import {
  achievedRate,
  type CompressionPlan,
  compressLayers,
  type Known,
  type OnLayer,
} from '../compress-layers.ts';
import type { CompressibleLayer } from './compressible-layer.ts';
import { denseLayers } from './dense-layers.ts';
import { type LayerSelection, selectLayers } from './layer-selection.ts';
import {
  compressibleConvolutions,
  compressibleDense,
  laterConvolutions,
} from './network-layers.ts';
import { compressByTucker } from './tucker-layers.ts';

export interface CompressedNetwork extends Network {
  readonly rows: readonly LayerRow[];
  /** The true rate: weights of the factored layers before / after, without biases; 1 if no layer was factored. */
  readonly achieved: number;
}

export async function compressNetwork(
  network: Network,
  known: Known,
  plan: CompressionPlan,
  progress: OnLayer,
): Promise<CompressedNetwork> {
  refuseInt8(plan);
  const tucker = plan.layers !== 'dense' && plan.scheme === 'tucker';
  const layers = networkLayers(network, plan.layers, tucker ? [] : [plan.scheme]);
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
  const { replacements, rows, achieved } = await compressLayers(layers, known, plan, progress);
  const all = {
    replacements: new Map<string, Replacement>([
      ...ofTucker.flatMap(({ row, replacement }) =>
        replacement ? [[row.name, replacement] as const] : [],
      ),
      ...replacements,
    ]),
    rows: [...ofTucker.map(({ row }) => row), ...rows],
  };
  return {
    ...replaceLayers(network, all.replacements),
    rows: all.rows,
    achieved: tucker ? achievedRate(all) : achieved,
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
