"""Measures a network on the batches of network.py: python3 evaluate.py WEIGHTS SCORES [REFERENCE [TUNED]]

WEIGHTS is the folder of the original network or of a compressed one. SCORES is the folder to write, as the page
docs/scores.md of lowrank-pipeline describes. REFERENCE has the scores of the original. TUNED has the weights of the
compressed network after further training.
"""
import json
import os
import sys
from pathlib import Path

import torch
from lowrank_loader import load
from network import architecture, batches
from torch.nn import functional as F
from write_scores import read_classes, row, write_scores


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


weights, scores, *others = map(Path, sys.argv[1:])
network = load(architecture(), weights)
if len(others) > 1:
    load(network, others[1])
predictions, labels, loss = measure(network.eval())
original = predictions
if others:
    original = read_classes(others[0] / "predictions-0.bin", len(predictions))
# The parameters of the stage.
given = json.loads(Path(os.environ["PIPELINE_PARAMETERS"]).read_text())
method = given.get("method", "baseline")
compression = weights / "lowrank.json"
measured = row(
    dataset=given["dataset"],
    model=given["title"],
    method=method,
    family=method.split("-")[0],
    protocol=given.get("protocol"),
    rate=given.get("rate"),
    count=len(predictions),
    parameters=size(network),
    before=size(architecture()),
    achieved=json.loads(compression.read_text()).get("achieved") if compression.exists() else None,
    accuracy=share_of_equal(predictions, labels) if labels else None,
    loss=loss / len(labels) if labels else None,
    agreement=share_of_equal(predictions, original),
)
write_scores(scores, [measured], [predictions], labels=labels or None, original=original)
