/** Compresses convolutions of a model by Tucker-2 (Kim et al., ICLR 2016), each at most as large as the rate allows. */
import { relativeTuckerError, storedTucker } from '../../../linalg/stored-tucker.ts';
import { channelBases, tucker2, tuckerParameters } from '../../../linalg/tucker.ts';
import { fillingRanks } from '../../../linalg/tucker-ranks.ts';
import type { ConvolutionLayer } from '../../../nn/factored/chain.ts';
import type { Replacement } from '../../../nn/factored/replacement.ts';
import { tuckerChain, tuckerKernel } from '../../../nn/factored/tucker.ts';
import type { LayerRow } from '../../../nn/model/history.ts';
import type { Network } from '../../../nn/model/weights.ts';
import { StageError } from '../../../runner/index.ts';
import { weightsIn } from '../layers/compressible-layer.ts';
import { checkFactors } from '../models/finite-models.ts';
import { type RanksAsked, tooLargeRate } from '../ranks/chosen-ranks.ts';
import { biasOf } from './network-layers.ts';

export interface TuckerLayer {
  readonly row: LayerRow;
  /** Missing if the factors would not be smaller than the layer. */
  readonly replacement?: Replacement;
}

export function* compressByTucker(
  model: Network,
  layers: readonly ConvolutionLayer[],
  { rate, allocation }: RanksAsked,
  progress: (fraction: number, layer: string) => void,
): Generator<TuckerLayer> {
  if (rate === null || allocation !== 'uniform') {
    throw new StageError(
      'Tucker-2 has two ranks per layer, which only a rate for each layer determines',
      'set "rate" and remove "allocation", or use another scheme',
    );
  }
  refuseBeyond(layers, rate);
  for (const [i, layer] of layers.entries()) {
    progress(i / layers.length, layer.name);
    const kernel = tuckerKernel(layer, model.weights.get(`${layer.name}.weight`)!);
    const bases = channelBases(kernel);
    const ranks = fillingRanks(kernel, rate, bases.energies);
    const { out, in: channels, window } = kernel;
    // As in the table of layers: outputs by the inputs of each output.
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
    const stored = storedTucker(tucker2(kernel, ranks, { bases }));
    const replacement = tuckerChain(layer, stored, biasOf(model, layer.name));
    checkFactors(replacement, `${layer.name} by Tucker-2`);
    const relativeError = relativeTuckerError(kernel, stored);
    const parameters = weightsIn(replacement);
    yield {
      row: { ...size, parameters, rank: stored.out.rows, relativeError, optimalError: null },
      replacement,
    };
  }
}

/** As in other schemes: no layer can reach a rate above that of ranks of 1. */
function refuseBeyond(layers: readonly ConvolutionLayer[], rate: number): void {
  const rates = layers.map(({ out, in: channels, kernel: [height, width] }) => {
    const kernel = { out, in: channels, window: height * width };
    return (out * channels * kernel.window) / tuckerParameters(kernel, { in: 1, out: 1 });
  });
  const largest = Math.max(...rates);
  if (rates.length === 0 || rate <= largest) return;
  throw tooLargeRate(rate, largest);
}
