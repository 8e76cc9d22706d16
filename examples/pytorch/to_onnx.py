"""Writes the model and the images of examples/onnx: python3 to_onnx.py NETWORK WEIGHTS FILE"""
import sys
from pathlib import Path

import onnx
import torch
from lowrank_loader import read
from networks import networks

name, weights, path = sys.argv[1:]
network = networks[name]()
network.load_state_dict(dict(read(Path(weights, "model.safetensors"))))
torch.onnx.export(
    network.eval(),
    (torch.zeros(2, 1, 28, 28),),
    path,
    input_names=["images"],
    output_names=["logits"],
    dynamic_shapes=({0: torch.export.Dim("N")},),
    opset_version=18,
    external_data=False,
    dynamo=True,
)

# The exporter notes where each node comes from, with paths of this machine.
model = onnx.load(path)
for one in [model, model.graph, *model.graph.node, *model.graph.value_info]:
    del one.metadata_props[:]
onnx.save(model, path)
