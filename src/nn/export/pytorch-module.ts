/**
 * The text of `model.py`, which builds a network from the layers in the metadata of `model.safetensors` and loads its
 * weights. It depends on PyTorch only.
 */

/** @param about a sentence about the network and its input */
export function moduleText(about: string): string {
  return `"""${about.replaceAll('\\', '\\\\').replaceAll('"', "'")}

    network = load()
    logits = network(images)

preprocessing.json describes the input. model.safetensors has the weights, and in its metadata the layers.
"""
${CODE}`;
}

const CODE = `
import json
import struct
from pathlib import Path

import torch
from torch import nn


class Interpolation(nn.Module):
    """Passes on the first \`passed\` inputs of \`order\`, and adds weighted sums of the others."""

    def __init__(self, inputs, passed):
        super().__init__()
        self.register_buffer("order", torch.arange(inputs, dtype=torch.int32))
        self.weight = nn.Parameter(torch.zeros(passed, inputs - passed))

    def forward(self, x):
        passed, others = x.index_select(1, self.order).tensor_split([len(self.weight)], 1)
        return passed + nn.functional.linear(others, self.weight)


class Network(nn.Module):
    """Runs \`layers\` in their order. A layer is a list: its name, a class of torch.nn, and the arguments."""

    def __init__(self, layers):
        super().__init__()
        self.order = [name for name, _, _ in layers]
        # A module comes before the modules inside it.
        for name, kind, arguments in sorted(layers, key=lambda layer: layer[0].count(".")):
            *path, last = name.split(".")
            parent = self
            for part in path:
                if part not in parent._modules:
                    parent.add_module(part, nn.Module())
                parent = parent._modules[part]
            kind = Interpolation if kind == "Interpolation" else getattr(nn, kind)
            parent.add_module(last, kind(**arguments))

    def forward(self, images):
        for name in self.order:
            images = self.get_submodule(name)(images)
        return images


def load(path=Path(__file__).with_name("model.safetensors")):
    """The network with its weights, for inference. Call train() to train it further."""
    data = bytearray(Path(path).read_bytes())
    start = 8 + struct.unpack_from("<Q", data)[0]
    arrays = json.loads(data[8:start])
    layers = json.loads(arrays.pop("__metadata__")["layers"])
    state = {}
    for name, array in arrays.items():
        dtype = {"F32": torch.float32, "I32": torch.int32}[array["dtype"]]
        begin, end = array["data_offsets"]
        values = torch.frombuffer(data, dtype=dtype, count=(end - begin) // 4, offset=start + begin)
        state[name] = values.reshape(array["shape"])
    network = Network(layers)
    network.load_state_dict(state)
    return network.eval()
`;
