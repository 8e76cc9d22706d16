"""Writes the scores of models in the form of docs/scores.md, for a report. Needs nothing but Python."""
import json
import os
import sys
from array import array


def row(dataset, model, count, parameters, before=None, method="baseline", family="baseline",
        label=None, protocol=None, rate=None, seed=None, accuracy=None, loss=None, agreement=None,
        achieved=None, **more):
    """One model.

    `parameters`: their number now; `before`: that of the original; `achieved`: the rate of the compressed layers.
    """
    original = before or parameters
    compression = {"classifier": original / parameters, "total": original / parameters}
    if achieved is not None:
        compression["achieved"] = achieved
    return {
        "dataset": dataset, "model": model, "method": method, "label": label or method,
        "family": family,
        "protocol": protocol or ("baseline" if family == "baseline" else "posthoc"),
        "rate": rate, "seed": seed, "accuracy": accuracy, "loss": loss, "agreement": agreement,
        "count": count,
        "parameters": {"features": 0, "classifier": parameters, "total": parameters},
        "compression": compression,
        "layers": [], **more,
    }


def write_scores(folder, rows, predictions=(), labels=None, original=None):
    """`predictions`: for each row, the class of each sample. Without labels, `original` has those of the original."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "rows.json"), "w") as file:
        json.dump(rows, file, indent=2, allow_nan=False)
    for place, classes in enumerate(predictions):
        _write(os.path.join(folder, f"predictions-{place}.bin"), classes)
    if labels is not None:
        _write(os.path.join(folder, "labels.bin"), labels)
    elif original is not None:
        _write(os.path.join(folder, "original.bin"), original)


def read_classes(path, count):
    """The classes in a file that `write_scores` wrote, for example the predictions of the original."""
    with open(path, "rb") as file:
        data = file.read()
    classes = array({1: "B", 2: "H", 4: "I"}[len(data) // count], data)
    if sys.byteorder == "big":
        classes.byteswap()
    return classes


def _write(path, classes):
    classes = [int(one) for one in classes]
    classes = array("B" if max(classes) < 256 else "H" if max(classes) < 65536 else "I", classes)
    if sys.byteorder == "big":
        classes.byteswap()
    with open(path, "wb") as file:
        classes.tofile(file)
