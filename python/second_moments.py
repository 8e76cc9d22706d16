"""Second moments of the inputs of linear layers of a PyTorch model, in files for lowrank-pipeline (docs/methods.md).

`batches` and `held_out` hold arguments of the model: tensors, or tuples.
"""

import json
import os

import torch

BLOCK = 1024


class Sum:
    """X^T X of rows that are added in blocks of one size, so batches of other sizes give the same sums."""

    def __init__(self):
        self.rows, self.waiting, self.sums, self.totals = 0, [], 0, 0

    def add(self, x):
        self.waiting.append(x.detach().reshape(-1, x.shape[-1]).double().cpu())
        while sum(map(len, self.waiting)) >= BLOCK:
            x = torch.cat(self.waiting)
            self.flush(x[:BLOCK])
            self.waiting = [x[BLOCK:]]

    def flush(self, x):
        self.rows, self.totals = self.rows + len(x), self.totals + x.sum(0)
        self.sums = self.sums + x.T @ x

    def tensors(self):
        self.flush(torch.cat(self.waiting))
        symmetric = torch.tril(self.sums) + torch.tril(self.sums, -1).T
        rows = torch.tensor([float(self.rows)], dtype=torch.float64)
        return {"moments": symmetric, "mean": self.totals / self.rows, "rows": rows}


def second_moments(model, layers, folder, batches, held_out=()):
    files = {name: {} for name in layers}
    for prefix, some in (("", batches), ("heldOut.", held_out)):
        sums = {name: Sum() for name in layers}
        add = lambda name: lambda _, inputs: sums[name].add(inputs[0])
        hooks = [model.get_submodule(name).register_forward_pre_hook(add(name)) for name in layers]
        with torch.no_grad():
            for batch in some:
                model(*batch) if isinstance(batch, tuple) else model(batch)
        [hook.remove() for hook in hooks]
        for name in (name for name in layers if sums[name].waiting):
            files[name] |= {prefix + key: t for key, t in sums[name].tensors().items()}
    os.makedirs(folder, exist_ok=True)
    for name, tensors in files.items():
        header, end = {}, 0
        for key, t in tensors.items():
            begin, end = end, end + 8 * t.numel()
            header[key] = {"dtype": "F64", "shape": list(t.shape), "data_offsets": [begin, end]}
        text = json.dumps(header).encode()
        with open(os.path.join(folder, f"{name}.moments.safetensors"), "wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            file.writelines(t.contiguous().numpy().tobytes() for t in tensors.values())
