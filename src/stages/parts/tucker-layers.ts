/** The convolutions of a model by Tucker-2 (Kim et al., ICLR 2016), each at the nominal rate. */
import { tucker2, tuckerParameters, tuckerRanks } from '../../linalg/tucker.ts';
import type { Replacement } from '../../nn/factored/replacement.ts';
import { tuckerChain, tuckerKernel } from '../../nn/factored/tucker.ts';
import type { Model } from '../../nn/model/weights.ts';
import type { LayerRow } from '../../report/results.ts';
import { StageError } from '../../runner/graph/stage-type.ts';
import type { RanksAsked } from './chosen-ranks.ts';
import { biasOf, laterConvolutions, weightsIn } from './compressible-layers.ts';

export interface TuckerLayer {
  readonly row: LayerRow;
  /** Missing where the factors would be no smaller than the layer. */
  readonly replacement?: Replacement;
}

export function* compressByTucker(
  model: Model,
  { rate, allocation }: RanksAsked,
  progress: (fraction: number, layer: string) => void,
): Generator<TuckerLayer> {
  if (rate === null || allocation !== 'uniform') {
    throw new StageError(
      'Tucker-2 has two ranks a layer, which only a rate for each layer settles',
      'give a rate and leave "allocation" out, or take another scheme',
    );
  }
  const layers = laterConvolutions(model.description);
  for (const [i, layer] of layers.entries()) {
    progress(i / layers.length, layer.name);
    const kernel = tuckerKernel(layer, model.weights.get(`${layer.name}.weight`)!);
    const ranks = tuckerRanks(kernel, rate);
    const { out, in: channels, window } = kernel;
    // As in the table of the layers: outputs by what each is a sum of.
    const size = {
      name: layer.name,
      kind: 'convolution',
      rows: out,
      cols: channels * window,
    } as const;
    const whole = out * channels * window;
    if (tuckerParameters(kernel, ranks) >= whole) {
      const parameters = whole + (layer.bias ? out : 0);
      yield { row: { ...size, parameters, rank: null, relativeError: null, optimalError: null } };
      continue;
    }
    const tucker = tucker2(kernel, ranks);
    const replacement = tuckerChain(layer, tucker, biasOf(model, layer.name));
    const relativeError =
      tucker.squaredNorm === 0 ? 0 : tucker.error / Math.sqrt(tucker.squaredNorm);
    const parameters = weightsIn(replacement);
    yield {
      row: { ...size, parameters, rank: ranks.out, relativeError, optimalError: null },
      replacement,
    };
  }
}
