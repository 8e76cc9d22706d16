"""Writes a small MLP as a model folder. The weights are random; use those of your own model."""
import json
import os
import random
import struct
import sys

SIZES = {"classifier.0": (784, 64), "classifier.2": (64, 2)}


def save(path, arrays):
    """A safetensors file; `safetensors.torch.save_file(state_dict, path)` does the same."""
    header, body = {}, b""
    for name, (shape, values) in arrays.items():
        data = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
random.seed(0)
weights = {}
for name, (inputs, outputs) in SIZES.items():
    weights[f"{name}.weight"] = ([outputs, inputs], [random.gauss(0, inputs**-0.5) for _ in range(inputs * outputs)])
    weights[f"{name}.bias"] = ([outputs], [0.0] * outputs)
save(os.path.join(folder, "classifier.safetensors"), weights)
save(os.path.join(folder, "features.safetensors"), {})
with open(os.path.join(folder, "model.json"), "w") as file:
    json.dump(
        {
            "description": {
                "input": [28, 28, 1],
                "classes": 2,
                "features": [],
                "classifier": [
                    {"kind": "flatten"},
                    {"kind": "dense", "name": "classifier.0", "in": 784, "out": 64, "bias": True},
                    {"kind": "relu"},
                    {"kind": "dense", "name": "classifier.2", "in": 64, "out": 2, "bias": True},
                ],
            },
            "history": {
                "title": "my MLP",
                "dataset": "Shapes",
                "training": {"seed": 0},
                "original": {"classifier": 50370, "total": 50370},
            },
        },
        file,
    )
