"""Measures a network on the batches of network.py: python3 evaluate.py WEIGHTS SCORES [REFERENCE]

WEIGHTS is the folder of the original network or of a compressed one. SCORES is the folder to write, as the page
docs/scores.md of lowrank-pipeline describes. REFERENCE has the scores of the original.
"""
import json
import os
import sys
from pathlib import Path

import torch
from lowrank_loader import load, read
from network import architecture, batches
from torch.nn import functional as F
from write_scores import read_classes, row, write_scores


def network_in(folder):
    network = architecture()
    if (folder / "lowrank.json").exists():
        load(network, folder)
    else:
        state = dict(item for path in sorted(folder.glob("*.safetensors")) for item in read(path))
        # Tied weights are stored once, so some names may be missing.
        unexpected = network.load_state_dict(state, strict=False).unexpected_keys
        if unexpected:
            raise SystemExit(f"the network of network.py has no {', '.join(unexpected)}")
    return network.eval()


@torch.inference_mode()
def measure(network):
    predictions, labels, loss = [], [], 0.0
    for inputs, expected in batches():
        outputs = network(inputs)
        predictions += outputs.argmax(1).tolist()
        if expected is not None:
            labels += expected.tolist()
            loss += F.cross_entropy(outputs.double(), expected, reduction="sum").item()
    return predictions, labels, loss


def share_of_equal(some, others):
    return sum(a == b for a, b in zip(some, others)) / len(some)


def size(network):
    return sum(one.numel() for one in network.parameters())


weights, scores = Path(sys.argv[1]), Path(sys.argv[2])
network = network_in(weights)
predictions, labels, loss = measure(network)
original = predictions
if len(sys.argv) > 3:
    original = read_classes(Path(sys.argv[3], "predictions-0.bin"), len(predictions))
# The parameters of the stage.
given = json.loads(Path(os.environ["PIPELINE_PARAMETERS"]).read_text())
method = given.get("method", "baseline")
measured = row(
    dataset=given["dataset"],
    model=given["title"],
    method=method,
    family=method.split("-")[0],
    rate=given.get("rate"),
    count=len(predictions),
    parameters=size(network),
    before=size(architecture()),
    accuracy=share_of_equal(predictions, labels) if labels else None,
    loss=loss / len(labels) if labels else None,
    agreement=share_of_equal(predictions, original),
)
write_scores(scores, [measured], [predictions], labels=labels or None, original=original)
