"""Saves the weights of a PyTorch module as safetensors. Depends only on torch.

    from save_model import save
    save(model, "folder")

It writes model.safetensors, or shards and an index if the weights take more than `shard_bytes`. A
tensor with several names is stored once. The metadata of the first file have two notes as JSON:
`modules`, the class of each module with a weight and the groups of each convolution, and `tied`,
other name -> stored name.
"""
import ctypes
import json
import os

import torch

FLOATS = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
INTEGERS = {torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8"}
DTYPES = {**FLOATS, **INTEGERS, torch.uint8: "U8", torch.bool: "BOOL", torch.complex64: "C64"}


def save(model, folder, shard_bytes=5_000_000_000):
    os.makedirs(folder, exist_ok=True)
    tensors, tied, known = {}, {}, {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        if not isinstance(tensor, torch.Tensor) or tensor.dtype not in DTYPES:
            raise ValueError(f"{name} can't be stored: {getattr(tensor, 'dtype', type(tensor))}")
        place = (tensor.device, tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype)
        if tensor.numel() > 0 and place in known:
            tied[name] = known[place]
        else:
            known[place] = name
            tensors[name] = tensor
    shards = [{}]
    for name, tensor in tensors.items():
        if shards[-1] and size(shards[-1].values()) + size([tensor]) > shard_bytes:
            shards.append({})
        shards[-1][name] = tensor
    names = ["model.safetensors"]
    if len(shards) > 1:
        names = [f"model-{i + 1:05}-of-{len(shards):05}.safetensors" for i in range(len(shards))]
        weight_map = {name: file for file, shard in zip(names, shards) for name in shard}
        index = {"metadata": {"total_size": size(tensors.values())}, "weight_map": weight_map}
        with open(os.path.join(folder, "model.safetensors.index.json"), "w") as file:
            json.dump(index, file, indent=2)
    notes = {"modules": json.dumps(describe(model)), "tied": json.dumps(tied)}
    for file, shard in zip(names, shards):
        write(os.path.join(folder, file), shard, notes if shard is shards[0] else {})


def describe(model):
    modules = {}
    stored = model.state_dict()
    for name, module in model.named_modules(remove_duplicate=False):
        if f"{name}.weight".lstrip(".") in stored:
            modules[name] = {"type": type(module).__name__}
            if getattr(module, "groups", 1) != 1:
                modules[name]["groups"] = module.groups
    return modules


def size(tensors):
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def write(path, tensors, metadata):
    # Wide elements first, so that each tensor is aligned.
    tensors = dict(sorted(tensors.items(), key=lambda item: -item[1].element_size()))
    header, offset = {"__metadata__": {"format": "pt", **metadata}}, 0
    for name, tensor in tensors.items():
        end = offset + size([tensor])
        header[name] = {"dtype": DTYPES[tensor.dtype], "shape": list(tensor.shape)}
        header[name]["data_offsets"] = [offset, end]
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors.values():
            tensor = tensor.detach().cpu().contiguous()
            file.write((ctypes.c_char * size([tensor])).from_address(tensor.data_ptr()))
