"""
torch.svd_lowrank on the same layer: python peer.py LAYER_FILE ROWS COLS RANK SAMPLES OPTIMUM EXCESS, one line of JSON.

`seconds` and `relativeError` are those of niter=2. `reached` is the first of more steps whose error is at most EXCESS
above OPTIMUM, the least of that rank: errors differ by two orders of magnitude between engines, so times
can be compared only at equal errors.
"""

import json
import resource
import sys
import time

import torch

path, rows, cols, rank, samples = sys.argv[1], *map(int, sys.argv[2:6])
optimum, excess = map(float, sys.argv[6:])
layer = torch.from_file(path, size=rows * cols, dtype=torch.float32).reshape(rows, cols)


def timed(niter):
    start = time.perf_counter()
    factors = torch.svd_lowrank(layer, q=rank + 10, niter=niter)
    return time.perf_counter() - start, factors


def error_of(u, s, v):
    residual = total = 0.0
    left = (u[:, :rank] * s[:rank]).double()
    right = v[:, :rank].double().T
    for block, part in zip(layer.split(256), left.split(256)):
        wide = block.double()
        residual += float(((wide - part @ right) ** 2).sum())
        total += float((wide**2).sum())
    return (residual / total) ** 0.5


torch.manual_seed(1)
torch.svd_lowrank(layer[:1024, :1024], q=50, niter=2)
runs = [timed(2) for _ in range(samples)]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
relative_error = error_of(*runs[-1][1])

reached = None
for niter in (2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 32, 48):
    seconds, factors = sorted((timed(niter) for _ in range(samples)), key=lambda run: run[0])[samples // 2]
    if error_of(*factors) <= optimum * (1 + excess):
        reached = {"how": f"niter={niter}", "seconds": seconds}
        break

print(
    json.dumps(
        {
            "backend": f"torch {torch.__version__}, {torch.get_num_threads()} threads",
            "seconds": [seconds for seconds, _ in runs],
            "peakBytes": peak,
            "relativeError": relative_error,
            "reached": reached,
        }
    )
)
