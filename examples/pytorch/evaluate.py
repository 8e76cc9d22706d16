"""Measures a network on the test images: python3 evaluate.py NETWORK WEIGHTS DATA SCORES [REFERENCE]

WEIGHTS is the folder of the original or of a compressed network. REFERENCE has the scores of the original.
"""
import json
import os
import sys
from pathlib import Path

import torch
from lowrank_loader import load
from mnist import read as read_images
from networks import networks
from torch.nn import functional as F
from write_scores import read_classes, row, write_scores

name, weights, data, scores, *reference = sys.argv[1:]
network, before = networks[name](), networks[name]()
load(network, weights)
images, labels = read_images(data, "t10k")
with torch.inference_mode():
    outputs = torch.cat([network.eval()(batch) for batch in images.split(500)])
predictions = outputs.argmax(1)
original = predictions
if reference:
    path = Path(reference[0], "predictions-0.bin")
    original = torch.tensor(read_classes(path, len(labels)).tolist())
# The parameters of the stage.
given = json.loads(Path(os.environ["PIPELINE_PARAMETERS"]).read_text())
method = given.get("method", "baseline")
compression = Path(weights, "lowrank.json")


def share_of_equal(some, others):
    return (some == others).double().mean().item()


def size(module):
    return sum(one.numel() for one in module.parameters())


measured = row(
    dataset="MNIST",
    model=name,
    method=method,
    family=method.split("-")[0],
    rate=given.get("rate"),
    count=len(labels),
    parameters=size(network),
    before=size(before),
    achieved=json.loads(compression.read_text()).get("achieved") if compression.exists() else None,
    accuracy=share_of_equal(predictions, labels),
    loss=F.cross_entropy(outputs.double(), labels).item(),
    agreement=share_of_equal(predictions, original),
)
write_scores(scores, [measured], [predictions.tolist()], labels=labels.tolist())
