"""Loads a model of the pipeline into PyTorch, and prints its outputs for images.

    python load_model.py MODEL IMAGES

MODEL is a folder with model.json, features.safetensors and classifier.safetensors; IMAGES is a safetensors
file with an array `images` of [count, height, width, channels]. Standard output is the logits as JSON, a
list an image. Needs torch and safetensors.

`build` makes the module from the description alone. Layers have the names of torchvision's VGG; a layer
that was compressed is a `Sequential` of its factors under the layer's name.
"""

import json
import sys
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional


class Interpolation(nn.Linear):
    """Passes some inputs on, and adds weighted sums of all others."""

    def __init__(self, inputs, columns):
        others = sorted(set(range(inputs)) - set(columns))
        super().__init__(len(others), len(columns), bias=False)
        self.register_buffer("columns", torch.tensor(columns), persistent=False)
        self.register_buffer("others", torch.tensor(others, dtype=torch.long), persistent=False)

    def forward(self, x):
        return x[:, self.columns] + functional.linear(x[:, self.others], self.weight)


class Network(nn.Module):
    def __init__(self, description):
        super().__init__()
        self.features = chain("features", description["features"])
        head = [layer["kind"] for layer in description["classifier"]].index("flatten")
        pools = [module(layer) for layer in description["classifier"][:head]]
        self.avgpool = nn.Sequential(*pools)
        self.classifier = chain("classifier", description["classifier"][head + 1 :])

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def chain(part, layers):
    """The layers as a Sequential. A layer without a name is named by its position."""
    modules = OrderedDict()
    for layer in layers:
        whole = layer.get("of", layer.get("name", f"{part}.{len(modules)}"))
        place = whole.removeprefix(f"{part}.")
        if "of" in layer:
            factors = modules.setdefault(place, nn.Sequential())
            factors.add_module(layer["name"].removeprefix(f"{whole}."), module(layer))
        else:
            modules[place] = module(layer)
    if list(modules) != [str(place) for place in range(len(modules))]:
        raise ValueError(f"the names in {part} are no places in a Sequential: {list(modules)}")
    return nn.Sequential(modules)


def module(layer):
    kind = layer["kind"]
    if kind == "convolution":
        return nn.Conv2d(
            layer["in"],
            layer["out"],
            tuple(layer["kernel"]),
            stride=tuple(layer["stride"]),
            padding=tuple(layer["padding"]),
            bias=layer["bias"],
        )
    if kind == "batch-norm":
        return nn.BatchNorm2d(layer["channels"])
    if kind == "relu":
        return nn.ReLU()
    if kind == "max-pool":
        return nn.MaxPool2d(layer["size"], layer["stride"])
    if kind == "adaptive-average-pool":
        return nn.AdaptiveAvgPool2d(layer["size"])
    if kind == "dense":
        return nn.Linear(layer["in"], layer["out"], bias=layer["bias"])
    if kind == "interpolation":
        return Interpolation(layer["in"], layer["columns"])
    if kind == "dropout":
        return nn.Dropout(layer["rate"])
    raise ValueError(f"no module for a layer of the kind {kind}")


def load(folder):
    """The model in `folder`, in evaluation mode. Raises if a name or a shape differs."""
    network = Network(json.loads((folder / "model.json").read_text())["description"])
    state = {}
    for part in ("features", "classifier"):
        state.update(load_file(folder / f"{part}.safetensors"))
    # PyTorch counts the batches of a batch norm. The count is not used here.
    missing, unexpected = network.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.endswith(".num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"missing: {missing}, unexpected: {unexpected}")
    return network.eval()


if __name__ == "__main__":
    model, images = (Path(argument) for argument in sys.argv[1:])
    batch = load_file(images)["images"].permute(0, 3, 1, 2)
    with torch.no_grad():
        print(json.dumps(load(model)(batch).tolist()))
