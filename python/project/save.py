"""Saves the network of network.py as safetensors: python3 save.py FOLDER"""
import sys

from network import trained
from save_model import save

save(trained(), sys.argv[1])
