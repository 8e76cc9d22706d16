/**
 * Seeded initial weights, with one random stream per layer.
 *
 * Convolutions: normal with standard deviation sqrt(2 / fan out) and zero bias (He et al. 2015, as
 * torchvision's VGG). Dense layers, bias included: uniform within 1/sqrt(fan in), PyTorch's default.
 * Batch norms: weight 1, bias 0, and the statistics of a standard normal variable.
 */
import { randomStream } from '../../linalg/random.ts';
import {
  isWeighted,
  type ModelDescription,
  parametersOf,
  sizeOf,
  type WeightedLayer,
} from './description.ts';
import type { Network, Weight } from './weights.ts';

export function initializeModel(description: ModelDescription, seed: number): Network {
  const layers = [...description.features, ...description.classifier].filter(isWeighted);
  const weights = new Map(layers.flatMap((layer) => initialWeights(layer, seed)));
  return { description, weights };
}

function initialWeights(
  layer: WeightedLayer,
  seed: number,
): readonly (readonly [string, Weight])[] {
  const random = randomStream(seed, 'initial weights', layer.name);
  return parametersOf(layer).map(({ name, shape }) => {
    const data = new Float32Array(sizeOf(shape));
    if (layer.kind === 'convolution') {
      const [height, width] = layer.kernel;
      const deviation = Math.sqrt(2 / (layer.out * height * width));
      if (shape.length > 1) fill(data, () => random.normal() * deviation);
    } else if (layer.kind === 'batch-norm') {
      if (/\.(weight|running_var)$/.test(name)) data.fill(1);
    } else {
      const bound = 1 / Math.sqrt(shape[1] ?? layer.in);
      fill(data, () => (2 * random.uniform() - 1) * bound);
    }
    return [name, { shape, data }];
  });
}

function fill(data: Float32Array, draw: () => number): void {
  for (let i = 0; i < data.length; i++) data[i] = draw();
}
