"""Your network, its weights and your data. Replace the three functions.

As it is, this is a small network that learns a made-up task in a few seconds.
"""
import torch
from torch import nn


def architecture():
    """The network without its weights."""
    return nn.Sequential(
        nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)
    )


def trained():
    """The network with its weights, such as those of a checkpoint:

    network.load_state_dict(torch.load("checkpoint.pt", map_location="cpu", weights_only=True))

    List the checkpoint in pipeline.yaml, under the `files` of the stage `original`.
    """
    torch.manual_seed(0)
    network = architecture()
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    for step in range(400):
        inputs, labels = made_up(256, seed=step)
        loss = nn.functional.cross_entropy(network(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


def batches():
    """The data to measure on: inputs with labels. The labels are None if there are none."""
    for seed in range(4):
        yield made_up(500, seed=10_000 + seed)


def made_up(count, seed):
    task = torch.randn(64, 10, generator=torch.Generator().manual_seed(7))
    inputs = torch.randn(count, 64, generator=torch.Generator().manual_seed(seed))
    return inputs, (inputs @ task).abs().argmax(1)
