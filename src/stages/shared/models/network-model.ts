/** One of our own networks, as a model whose layers can be factored. */
import type { Model } from '../../../nn/model/weights.ts';
import { giveModel } from '../finite-models.ts';
import { compressNetwork, networkLayers } from './compress-network.ts';
import type { CompressibleModel } from './compressible-model.ts';

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
