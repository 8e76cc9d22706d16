"""Runs exported networks, and prints their outputs as JSON, a list of numbers for each folder.

    python run_exports.py FOLDER...

Each folder has an export (model.py, model.safetensors, model.onnx) and `images.f32` with `shape.json`. Needs torch. If onnx
is installed, it checks model.onnx too.
"""

import importlib.util
import json
import sys
from pathlib import Path

import torch

try:
    import onnx
except ModuleNotFoundError:
    onnx = None


def run(folder):
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.load()
    shape = json.loads((folder / "shape.json").read_text())
    images = torch.frombuffer(bytearray((folder / "images.f32").read_bytes()), dtype=torch.float32)
    with torch.no_grad():
        outputs = network(images.reshape(shape)).flatten().tolist()
    if onnx:
        onnx.checker.check_model(str(folder / "model.onnx"), full_check=True)
    return {"outputs": outputs, "names": list(network.state_dict()), "checked": onnx is not None}


print(json.dumps([run(Path(folder)) for folder in sys.argv[1:]]))
