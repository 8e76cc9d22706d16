/**
 * A network for PyTorch: the text of `model.py`, which builds it from modules of `torch.nn`, and its state dict. The names
 * in the state dict are those of the weights here.
 */

import { isWeighted, type ModelDescription, parametersOf } from '../model/description.ts';
import type { StoredTensor, StoredTensors } from '../model/safetensors.ts';
import type { Network } from '../model/weights.ts';
import { type NamedLayer, namedLayers } from './named-layers.ts';
import { passedAndOthers } from './passed-inputs.ts';

type Named = readonly [string, StoredTensor];

export function stateDict({ description, weights }: Network): StoredTensors {
  const layers = [...description.features, ...description.classifier];
  const arrays = layers.filter(isWeighted).flatMap((layer): readonly Named[] => {
    const own = parametersOf(layer).map(({ name }) => [name, weights.get(name)!] as const);
    if (layer.kind !== 'interpolation') return own;
    const { passed, others } = passedAndOthers(layer);
    if (others.length === 0) return [];
    const order = { shape: [layer.in], data: Int32Array.of(...passed, ...others) };
    return [...own, [`${layer.name}.order`, order] as const];
  });
  return new Map(arrays);
}

/** @param about a sentence about the network and its input */
export function moduleText(description: ModelDescription, about: string): string {
  const named = namedLayers(description);
  const entries = named.map((one) => `${pythonText(one.name)}: ${moduleOf(one)},`);
  const interpolates = entries.some((entry) => entry.includes(': Interpolation('));
  return [
    `"""${docText(about)}"""`,
    IMPORTS,
    ...(interpolates ? [INTERPOLATION] : []),
    NETWORK.replace('LAYERS', () => wrapped(entries, ' '.repeat(12))),
  ].join('\n');
}

function moduleOf({ layer, input }: NamedLayer): string {
  switch (layer.kind) {
    case 'convolution':
      return call('Conv2d', [layer.in, layer.out, pair(layer.kernel)], {
        ...(layer.stride.join() !== '1,1' && { stride: pair(layer.stride) }),
        ...(layer.padding.join() !== '0,0' && { padding: pair(layer.padding) }),
        ...(!layer.bias && { bias: 'False' }),
      });
    case 'batch-norm':
      return call(input.length === 1 ? 'BatchNorm1d' : 'BatchNorm2d', [layer.channels]);
    case 'relu':
      return call('ReLU');
    case 'max-pool':
      return call('MaxPool2d', [layer.size, layer.stride]);
    case 'adaptive-average-pool':
      return call('AdaptiveAvgPool2d', [layer.size]);
    case 'flatten':
      return call('Flatten');
    case 'dense':
      return call('Linear', [layer.in, layer.out], layer.bias ? {} : { bias: 'False' });
    case 'interpolation': {
      const passed = layer.columns.length;
      return passed === layer.in ? call('Identity') : `Interpolation(${layer.in}, ${passed})`;
    }
    case 'dropout':
      return call('Dropout', [layer.rate]);
  }
}

function call(
  type: string,
  positional: readonly (number | string)[] = [],
  named: Readonly<Record<string, string>> = {},
): string {
  const options = Object.entries(named).map(([key, value]) => `${key}=${value}`);
  return `nn.${type}(${[...positional, ...options].join(', ')})`;
}

function pair([vertical, horizontal]: readonly [number, number]): string {
  return vertical === horizontal ? String(vertical) : `(${vertical}, ${horizontal})`;
}

/** A JSON text is also a text of Python. */
function pythonText(text: string): string {
  return JSON.stringify(text);
}

/** For a text between three quotes. */
function docText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', "'");
}

const WIDTH = 110;

/** As many entries in a line as fit. */
function wrapped(entries: readonly string[], indent: string): string {
  const lines: string[] = [];
  for (const entry of entries) {
    const line = `${lines.at(-1) ?? ''} ${entry}`;
    if (lines.length > 0 && indent.length + line.length <= WIDTH) lines[lines.length - 1] = line;
    else lines.push(entry);
  }
  return lines.map((line) => indent + line).join('\n');
}

const IMPORTS = `
import json
import struct
from pathlib import Path

import torch
from torch import nn

`;

const INTERPOLATION = `
class Interpolation(nn.Module):
    """Passes on some inputs, and adds weighted sums of the others."""

    def __init__(self, inputs, passed):
        super().__init__()
        self.register_buffer("order", torch.arange(inputs, dtype=torch.int32))
        self.weight = nn.Parameter(torch.empty(passed, inputs - passed))

    def forward(self, x):
        passed, others = x.index_select(1, self.order).tensor_split([len(self.weight)], 1)
        return passed + nn.functional.linear(others, self.weight)

`;

const NETWORK = `
class Network(nn.Module):
    def __init__(self):
        super().__init__()
        layers = {
LAYERS
        }
        self.order = list(layers)
        for name in sorted(layers, key=lambda name: name.count(".")):
            parent = self
            *path, last = name.split(".")
            for part in path:
                if part not in parent._modules:
                    parent.add_module(part, nn.Module())
                parent = parent._modules[part]
            parent.add_module(last, layers[name])

    def forward(self, images):
        for name in self.order:
            images = self.get_submodule(name)(images)
        return images


def load(path=Path(__file__).with_name("model.safetensors")):
    """The network with its weights, for inference. train() changes it to training."""
    data = bytearray(Path(path).read_bytes())
    start = 8 + struct.unpack_from("<Q", data)[0]
    state = {}
    for name, array in json.loads(data[8:start]).items():
        if name != "__metadata__":
            dtype = torch.float32 if array["dtype"] == "F32" else torch.int32
            begin, end = array["data_offsets"]
            values = torch.frombuffer(data, dtype=dtype, count=(end - begin) // 4, offset=start + begin)
            state[name] = values.reshape(array["shape"])
    network = Network()
    network.load_state_dict(state)
    return network.eval()
`;
