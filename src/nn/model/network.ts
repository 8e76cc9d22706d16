/**
 * The description and the title of a network from its options. Options that contradict each other are a failure. An
 * option that an architecture does not have must keep its default.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import type { Failure } from '../failure.ts';
import type { ModelDescription } from './description.ts';
import { mlp } from './mlp.ts';
import { type Head, smallestVggInput, type VggName, vgg } from './vgg.ts';

export interface NetworkOptions {
  readonly architecture: VggName | 'mlp';
  readonly batchNorm: boolean;
  readonly head: Head;
  readonly width: number;
  readonly hidden: number;
  readonly pool: number;
  /** Units of the hidden layers of an MLP. */
  readonly layers: readonly number[] | null;
  /** Height and width of the input, in pixels. */
  readonly size: number;
}

export const networkDefaults = {
  architecture: 'vgg11',
  batchNorm: false,
  head: 'published',
  width: 1,
  hidden: 4096,
  pool: 7,
  layers: null,
  size: 32,
} as const satisfies NetworkOptions;

export interface DescribedNetwork {
  readonly description: ModelDescription;
  /** 'VGG-16-BN w0.25', 'MLP 784-512-512' */
  readonly title: string;
}

export function describeNetwork(
  network: NetworkOptions,
  { channels, classes }: { readonly channels: number; readonly classes: number },
): Result<DescribedNetwork, Failure> {
  const { architecture, size } = network;
  const contradiction = contradictionIn(network);
  if (contradiction) return fail(contradiction);
  const input = [size, size, channels] as const;
  if (architecture === 'mlp') {
    const layers = network.layers!;
    const title = `MLP ${[size * size * channels, ...layers].join('-')}`;
    return ok({ description: mlp({ input, classes, layers }), title });
  }
  const description = vgg({ ...network, architecture, input, classes });
  return ok({ description, title: vggTitle(architecture, network) });
}

function contradictionIn(network: NetworkOptions): Failure | undefined {
  const { architecture, layers, head, pool, size } = network;
  const changed = (names: readonly (keyof NetworkOptions)[]) =>
    names.find((name) => network[name] !== networkDefaults[name]);
  if (architecture === 'mlp') {
    const foreign = changed(['batchNorm', 'head', 'width', 'hidden', 'pool']);
    if (foreign) {
      return {
        message: `an MLP has no ${foreign}, but network.${foreign} is ${network[foreign]}`,
        advice: `leave it at ${networkDefaults[foreign]}, or use a VGG`,
      };
    }
    if (layers !== null) return undefined;
    return {
      message: 'an MLP needs network.layers, the units of its hidden layers',
      advice: 'set it, such as [512, 512]',
    };
  }
  if (layers !== null) {
    return {
      message: `network.layers is for an MLP, but the architecture is ${architecture}`,
      advice: 'set network.hidden, the units of the dense layers of a VGG',
    };
  }
  if (size < smallestVggInput) {
    return {
      message: `a VGG halves its input five times, but network.size is ${size}`,
      advice: `set it to ${smallestVggInput} or more`,
    };
  }
  if (head !== 'flat' || pool === networkDefaults.pool) return undefined;
  return {
    message: `the head flat does not pool, but network.pool is ${pool}`,
    advice: `leave it at ${networkDefaults.pool}, or use the head published`,
  };
}

function vggTitle(architecture: VggName, { batchNorm, head, width }: NetworkOptions): string {
  return [
    `VGG-${architecture.slice(3)}${batchNorm ? '-BN' : ''}`,
    ...(width === 1 ? [] : [`w${width}`]),
    ...(head === 'flat' ? ['flat'] : []),
  ].join(' ');
}
