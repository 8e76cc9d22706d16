"""Writes a PyTorch network of two Sequentials as a model folder."""
import json
import os
import sys

import torch
from safetensors.torch import save_file
from torch import nn

KINDS = {
    nn.Conv2d: ("convolution", {"in": "in_channels", "out": "out_channels", "kernel": "kernel_size",
                                "stride": "stride", "padding": "padding", "bias": "bias"}),
    nn.BatchNorm2d: ("batch-norm", {"channels": "num_features"}),
    nn.ReLU: ("relu", {}),
    nn.MaxPool2d: ("max-pool", {"size": "kernel_size", "stride": "stride"}),
    nn.AdaptiveAvgPool2d: ("adaptive-average-pool", {"size": "output_size"}),
    nn.Flatten: ("flatten", {}),
    nn.Linear: ("dense", {"in": "in_features", "out": "out_features", "bias": "bias"}),
    nn.Dropout: ("dropout", {"rate": "p"}),
}


def layer(name, module):
    kind, fields = KINDS[type(module)]
    values = {field: getattr(module, attribute) for field, attribute in fields.items()}
    if "bias" in values:
        values["bias"] = module.bias is not None
    return {"kind": kind, **({"name": name} if module.state_dict() else {}), **values}


def save(network, folder, shape, classes, history):
    os.makedirs(folder, exist_ok=True)
    description = {"input": shape, "classes": classes}
    for part in ("features", "classifier"):
        modules = getattr(network, part)
        description[part] = [layer(f"{part}.{name}", module) for name, module in modules.named_children()]
        state = {f"{part}.{name}": array.contiguous() for name, array in modules.state_dict().items()}
        save_file(state, os.path.join(folder, f"{part}.safetensors"))
    with open(os.path.join(folder, "model.json"), "w") as file:
        json.dump({"description": description, "history": history}, file)


torch.manual_seed(0)
network = nn.Module()
network.features = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2))
network.classifier = nn.Sequential(nn.Flatten(), nn.Linear(1568, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 2))
history = {"title": "my network", "dataset": "Shapes", "training": {"seed": 0}}
save(network, sys.argv[1], [28, 28, 1], 2, history)
