/** One of our own networks, as a model whose layers can be factored. */
import type { Model } from '../../../nn/model/weights.ts';
import type { CompressibleModel } from '../compression/compressible-model.ts';
import { giveModel } from '../models/finite-models.ts';
import { compressNetwork, networkLayers } from './compress-network.ts';

export function networkModel(model: Model): CompressibleModel {
  return {
    history: model.history,
    layers: (selection, schemes) => networkLayers(model, selection, schemes),
    unfit: () => [],
    compress: async (factoring, plan, progress) => {
      const { rows, achieved, ...network } = await compressNetwork(
        model,
        factoring,
        plan,
        progress,
      );
      return {
        rows,
        achieved,
        write: (folder, history) => giveModel(folder, { ...network, history }),
      };
    },
    close: () => undefined,
  };
}
