import { describe, expect, it } from 'vitest';
import { mlp } from '../../../src/nn/model/mlp.ts';
import {
  describeNetwork,
  type NetworkOptions,
  networkDefaults,
} from '../../../src/nn/model/network.ts';
import { vgg } from '../../../src/nn/model/vgg.ts';

const facts = { channels: 1, classes: 10 };

function described(network: Partial<NetworkOptions>) {
  return describeNetwork({ ...networkDefaults, ...network }, facts);
}

describe('a network', () => {
  it.each([
    [{}, 'VGG-11'],
    [{ width: 0.125, hidden: 512 }, 'VGG-11 w0.125'],
    [{ architecture: 'vgg16', batchNorm: true, width: 0.25 }, 'VGG-16-BN w0.25'],
    [{ architecture: 'vgg19', head: 'flat' }, 'VGG-19 flat'],
    [{ architecture: 'mlp', layers: [512, 512], size: 28 }, 'MLP 784-512-512'],
    [{ architecture: 'mlp', layers: [] }, 'MLP 1024'],
  ] as const)('%o is titled %s', (network, title) => {
    expect(described(network)).toMatchObject({ ok: true, value: { title } });
  });

  it('is described as requested', () => {
    const asked = {
      architecture: 'vgg13',
      batchNorm: true,
      head: 'flat',
      width: 0.5,
      hidden: 64,
      size: 64,
    } as const;
    const input = [64, 64, 1] as const;
    expect(described(asked)).toMatchObject({
      value: { description: vgg({ ...asked, pool: 7, input, classes: 10 }) },
    });
    expect(described({ architecture: 'mlp', layers: [30], size: 28 })).toMatchObject({
      value: { description: mlp({ input: [28, 28, 1], classes: 10, layers: [30] }) },
    });
  });

  it.each([
    [{ architecture: 'mlp', layers: [9], batchNorm: true }, 'an MLP has no batchNorm'],
    [{ architecture: 'mlp', layers: [9], head: 'flat' }, 'an MLP has no head'],
    [{ architecture: 'mlp', layers: [9], width: 0.5 }, 'an MLP has no width'],
    [{ architecture: 'mlp', layers: [9], hidden: 512 }, 'an MLP has no hidden'],
    [{ architecture: 'mlp', layers: [9], pool: 1 }, 'an MLP has no pool'],
    [{ architecture: 'mlp' }, 'an MLP needs network.layers'],
    [{ layers: [512] }, 'network.layers is for an MLP'],
    [{ size: 28 }, 'halves its input five times, but network.size is 28'],
    [{ head: 'flat', pool: 1 }, 'the head flat does not pool'],
  ] as const)('%o contradicts itself', (network, message) => {
    const found = described(network as Partial<NetworkOptions>);
    expect(found).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining(message) },
    });
  });
});
