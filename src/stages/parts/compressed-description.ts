/**
 * What a compression makes of a network's description, before anything is computed: the rank of each
 * dense layer, and the layers that the ranks give. Reads no weights.
 */
import type { CompressionMethod } from '../../linalg/methods/compression-method.ts';
import { rankForRate } from '../../linalg/rank.ts';
import type { Layer, ModelDescription } from '../../nn/model/description.ts';
import { denseLayers } from './dense-layers.ts';

/** Inner sizes by the names of the layers; a layer that has none stays whole. */
export type Ranks = ReadonlyMap<string, number>;

type RankRule = Pick<CompressionMethod, 'rounding' | 'lastLayer'>;

/**
 * The ranks to ask a method for at a nominal rate. The SVD has no more than the numerical rank of a
 * layer, and leverage sampling keeps a random number, so that a model can end up with others.
 */
export function nominalRanks(description: ModelDescription, method: RankRule, rate: number): Ranks {
  const dense = denseLayers(description);
  const last = dense.at(-1);
  const ranks = new Map<string, number>();
  for (const layer of dense) {
    if (layer !== last) {
      ranks.set(layer.name, rankForRate(layer.out, layer.in, rate, method.rounding));
    } else if (method.lastLayer === 'factor') {
      ranks.set(layer.name, Math.min(layer.in, layer.out));
    }
  }
  return ranks;
}

/** The network with a factored layer in the place of each dense one that has a rank. */
export function factoredDescription(description: ModelDescription, ranks: Ranks): ModelDescription {
  const classifier = description.classifier.map((layer): Layer => {
    if (layer.kind !== 'dense') return layer;
    const rank = ranks.get(layer.name);
    return rank === undefined ? layer : { ...layer, kind: 'factored-dense', rank };
  });
  return { ...description, classifier };
}
