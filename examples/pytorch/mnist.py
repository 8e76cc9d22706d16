"""Reads the IDX files of a data set of the stage type `download`."""
from pathlib import Path

import torch


def read(folder, part):
    """The normalized images of "train" or "t10k", and their labels."""
    images = idx(folder, f"{part}-images").float().div(255).sub(0.1307).div(0.3081)
    return images.reshape(-1, 1, 28, 28), idx(folder, f"{part}-labels").long()


def idx(folder, begin):
    (path,) = Path(folder).glob(f"{begin}*")
    data = bytearray(path.read_bytes())
    dimensions = data[3]
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i]) for i in range(dimensions)]
    return torch.frombuffer(data, dtype=torch.uint8, offset=4 + 4 * dimensions).reshape(shape)
