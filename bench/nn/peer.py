"""VGG-11 in PyTorch at a given width: python peer.py WIDTH HIDDEN POOL BATCH SECONDS THREADS, one line of JSON.

Both orders of the channels in memory are timed, and the faster one of each kind counts.
"""

import json
import resource
import sys
import time

import torch
from torch import nn

width, hidden, pool, batch, seconds, threads = map(float, sys.argv[1:])
hidden, pool, batch = int(hidden), int(pool), int(batch)
torch.set_num_threads(int(threads))
torch.manual_seed(0)


def vgg11():
    layers, channels = [], 1
    for plan in (64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"):
        if plan == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            out = max(1, round(plan * width))
            layers += [nn.Conv2d(channels, out, 3, padding=1), nn.ReLU(inplace=True)]
            channels = out
    head = [
        nn.AdaptiveAvgPool2d(pool),
        nn.Flatten(),
        nn.Linear(channels * pool * pool, hidden),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(hidden, hidden),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(hidden, 10),
    ]
    return nn.Sequential(*layers, *head)


def rate(work):
    for _ in range(3):
        work()
    turns, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds or turns < 3:
        work()
        turns += 1
    return turns * batch / (time.perf_counter() - start)


def measure(order):
    model = vgg11().to(memory_format=order)
    images = torch.randn(batch, 1, 32, 32).to(memory_format=order)
    labels = torch.arange(batch) % 10
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, weight_decay=1e-5)
    loss_of = nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad()
        loss_of(model(images), labels).backward()
        optimizer.step()

    model.train()
    train = rate(step)
    model.eval()
    with torch.inference_mode():
        infer = rate(lambda: model(images))
    return train, infer


orders = [measure(order) for order in (torch.contiguous_format, torch.channels_last)]
print(
    json.dumps(
        {
            "version": f"torch {torch.__version__}, {torch.get_num_threads()} threads",
            "train": max(train for train, _ in orders),
            "infer": max(infer for _, infer in orders),
            "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
    )
)
