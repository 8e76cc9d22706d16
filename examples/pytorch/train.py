"""Trains a network on MNIST: python3 train.py NETWORK DATA FOLDER"""
import sys

import torch
from mnist import read
from networks import networks
from save_model import save
from torch.nn import functional as F

EPOCHS = {"resnet": 3, "mobilenet": 2, "vit": 10}
BATCH = 128

name, data, folder = sys.argv[1:]
# The result does not depend on the number of cores, and the stages can run at the same time.
torch.set_num_threads(1)
torch.manual_seed(0)
network = networks[name]()
images, labels = read(data, "train")
steps = EPOCHS[name] * (len(images) // BATCH)
# The strong decay makes small singular values, so that the layers can be compressed.
matrices = [one for one in network.parameters() if one.dim() > 1]
others = [one for one in network.parameters() if one.dim() < 2]
groups = [{"params": matrices, "weight_decay": 0.5}, {"params": others, "weight_decay": 0}]
optimizer = torch.optim.AdamW(groups)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps)
for epoch in range(EPOCHS[name]):
    order = torch.randperm(len(images))
    for batch in order[: len(order) // BATCH * BATCH].split(BATCH):
        loss = F.cross_entropy(network(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    print(f"epoch {epoch + 1}: loss {loss.item():.4f}", flush=True)
save(network.eval(), folder)
