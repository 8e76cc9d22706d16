"""Measures a network on the batches of network.py: python3 evaluate.py WEIGHTS SCORES [REFERENCE]

WEIGHTS is the folder of the original network or of a compressed one. SCORES is the folder to write, as the page
docs/scores.md of lowrank-pipeline describes. REFERENCE has the scores of the original.
"""
import json
import os
import sys
from array import array
from pathlib import Path

import torch
from lowrank_loader import load, read
from network import architecture, batches


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
    predictions, labels, loss = array("I"), array("I"), 0.0
    for inputs, expected in batches():
        outputs = network(inputs)
        predictions.extend(outputs.argmax(1).tolist())
        if expected is not None:
            labels.extend(expected.tolist())
            loss += torch.nn.functional.cross_entropy(outputs, expected, reduction="sum").item()
    return predictions, labels, loss


def share_of_equal(some, others):
    return sum(a == b for a, b in zip(some, others)) / len(some)


def row(network, predictions, labels, loss, reference):
    # The parameters of the stage.
    given = json.loads(Path(os.environ["PIPELINE_PARAMETERS"]).read_text())
    method = given.get("method", "baseline")
    before = sum(one.numel() for one in architecture().parameters())
    after = sum(one.numel() for one in network.parameters())
    return {
        "dataset": given["dataset"],
        "model": given["title"],
        "method": method,
        "label": "Baseline" if method == "baseline" else method,
        "family": method.split("-")[0],
        "protocol": "baseline" if method == "baseline" else "posthoc",
        "rate": given.get("rate"),
        "seed": None,
        "accuracy": share_of_equal(predictions, labels) if labels else None,
        "loss": loss / len(labels) if labels else None,
        "agreement": share_of_equal(predictions, reference),
        "count": len(predictions),
        "parameters": {"features": 0, "classifier": after, "total": after},
        "compression": {"classifier": before / after, "total": before / after},
        "layers": [],
    }


weights, scores = Path(sys.argv[1]), Path(sys.argv[2])
network = network_in(weights)
predictions, labels, loss = measure(network)
reference = predictions
if len(sys.argv) > 3:
    reference = array("I", Path(sys.argv[3], "predictions-0.bin").read_bytes())
scores.mkdir(exist_ok=True)
rows = [row(network, predictions, labels, loss, reference)]
(scores / "rows.json").write_text(json.dumps(rows, indent=2) + "\n")
(scores / "predictions-0.bin").write_bytes(predictions.tobytes())
if labels:
    (scores / "labels.bin").write_bytes(labels.tobytes())
