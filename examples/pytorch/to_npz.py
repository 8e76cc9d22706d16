"""Writes some images of MNIST as arrays for the stage type `images`: python3 to_npz.py DATA FILE"""
import sys

import numpy
from mnist import idx

data, path = sys.argv[1:]
arrays = {}
for part, file, count in [("train", "train", 500), ("test", "t10k", 2000)]:
    arrays[f"x_{part}"] = idx(data, f"{file}-images")[:count].numpy()
    arrays[f"y_{part}"] = idx(data, f"{file}-labels")[:count].numpy()
numpy.savez_compressed(path, **arrays)
