"""torch.svd_lowrank on the same layer: python peer.py LAYER_FILE ROWS COLS RANK SAMPLES, one line of JSON."""

import json
import resource
import sys
import time

import torch

path, rows, cols, rank, samples = sys.argv[1], *map(int, sys.argv[2:])
layer = torch.from_file(path, size=rows * cols, dtype=torch.float32).reshape(rows, cols)
torch.manual_seed(1)
torch.svd_lowrank(layer[:1024, :1024], q=50, niter=2)
seconds = []
for _ in range(samples):
    start = time.perf_counter()
    u, s, v = torch.svd_lowrank(layer, q=rank + 10, niter=2)
    seconds.append(time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
residual = total = 0.0
left = (u[:, :rank] * s[:rank]).double()
right = v[:, :rank].double().T
for block, part in zip(layer.split(256), left.split(256)):
    wide = block.double()
    residual += float(((wide - part @ right) ** 2).sum())
    total += float((wide**2).sum())
print(
    json.dumps(
        {
            "backend": f"torch {torch.__version__}, {torch.get_num_threads()} threads",
            "seconds": seconds,
            "peakBytes": peak,
            "relativeError": (residual / total) ** 0.5,
        }
    )
)
