/**
 * A network for PyTorch: its layers as modules of `torch.nn`, and its state dict. The names in the state dict are those of
 * the weights here.
 */

import type { StoredTensor, StoredTensors } from '../../safetensors/safetensors.ts';
import {
  isWeighted,
  type ModelDescription,
  type Pair,
  parametersOf,
} from '../model/description.ts';
import type { Network } from '../model/weights.ts';
import { type NamedLayer, namedLayers } from './named-layers.ts';
import { passedAndOthers } from './passed-inputs.ts';

/** The name of a layer, the class of `torch.nn` (or `Interpolation` of `model.py`), and its arguments. */
export type TorchLayer = readonly [string, string, Readonly<Record<string, unknown>>];

export function torchLayers(description: ModelDescription): readonly TorchLayer[] {
  return namedLayers(description).map((named) => [named.name, ...moduleOf(named)] as const);
}

type NamedArray = readonly [string, StoredTensor];

export function stateDict({ description, weights }: Network): StoredTensors {
  const layers = [...description.features, ...description.classifier];
  const arrays = layers.filter(isWeighted).flatMap((layer): readonly NamedArray[] => {
    const own = parametersOf(layer).map(({ name }) => [name, weights.get(name)!] as const);
    if (layer.kind !== 'interpolation') return own;
    const { passed, others } = passedAndOthers(layer);
    if (others.length === 0) return [];
    const order = { shape: [layer.in], data: Int32Array.of(...passed, ...others) };
    return [...own, [`${layer.name}.order`, order]];
  });
  return new Map(arrays);
}

function moduleOf({ layer, input }: NamedLayer): readonly [string, Record<string, unknown>] {
  switch (layer.kind) {
    case 'convolution': {
      const { in: inputs, out, kernel, stride, padding, bias } = layer;
      const window = {
        kernel_size: whole(kernel),
        ...(stride.join() !== '1,1' && { stride: whole(stride) }),
        ...(padding.join() !== '0,0' && { padding: whole(padding) }),
      };
      const channels = { in_channels: inputs, out_channels: out };
      return ['Conv2d', { ...channels, ...window, ...withBias(bias) }];
    }
    case 'batch-norm':
      return [input.length === 1 ? 'BatchNorm1d' : 'BatchNorm2d', { num_features: layer.channels }];
    case 'relu':
      return ['ReLU', {}];
    case 'max-pool':
      return ['MaxPool2d', { kernel_size: layer.size, stride: layer.stride }];
    case 'adaptive-average-pool':
      return ['AdaptiveAvgPool2d', { output_size: layer.size }];
    case 'flatten':
      return ['Flatten', {}];
    case 'dense': {
      const features = { in_features: layer.in, out_features: layer.out };
      return ['Linear', { ...features, ...withBias(layer.bias) }];
    }
    case 'interpolation': {
      const passed = layer.columns.length;
      return passed === layer.in
        ? ['Identity', {}]
        : ['Interpolation', { inputs: layer.in, passed }];
    }
    case 'dropout':
      return ['Dropout', { p: layer.rate }];
  }
}

/** One number for both axes, if they are equal. */
function whole([vertical, horizontal]: Pair): number | Pair {
  return vertical === horizontal ? vertical : [vertical, horizontal];
}

/** True is the default. */
function withBias(bias: boolean): { readonly bias?: false } {
  return bias ? {} : { bias: false };
}
