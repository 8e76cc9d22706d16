"""Runs the example that saves a PyTorch network, and prints the network's outputs for images as JSON.

    python save_model.py EXAMPLE FOLDER IMAGES

IMAGES has [3, 1, 28, 28] float32 values.
"""

import json
import runpy
import sys
from pathlib import Path

import torch
from torch import nn

example, folder, images = sys.argv[1:]
sys.argv = [example, folder]
saved = runpy.run_path(example)["network"].eval()
batch = torch.frombuffer(bytearray(Path(images).read_bytes()), dtype=torch.float32).reshape(3, 1, 28, 28)
with torch.no_grad():
    print(json.dumps(nn.Sequential(saved.features, saved.classifier)(batch).flatten().tolist()))
