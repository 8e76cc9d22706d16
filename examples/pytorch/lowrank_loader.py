"""Loads a model that lowrank-pipeline compressed into a PyTorch module. Depends only on torch.

    from lowrank_loader import load; load(model, "folder")

`model` has the architecture of the original. Two or three modules replace each compressed one in
place. Then all weights are loaded. They get the device and the dtype of the model. A folder that
save_model.py wrote has weights only: those of the original, or of a compressed model that was trained
after `load`.
"""
import json
from pathlib import Path

import torch
from torch import nn

FLOATS = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
INTEGERS = {"I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8}
DTYPES = {**FLOATS, **INTEGERS, "U8": torch.uint8, "BOOL": torch.bool, "C64": torch.complex64}


class Chain(nn.Sequential):  # For code that reads the weight of a linear module, the product.
    weight = property(lambda self: torch.linalg.multi_dot([part.weight for part in reversed(self)]))
    bias = property(lambda self: self[-1].bias)


def load(model, folder):
    lowrank = description(folder)
    assert lowrank["version"] == 1, "this loader reads only version 1 of lowrank.json"
    modules, names = dict(model.named_modules()), {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), []).append(name)
    for name, layer in lowrank["layers"].items():
        if len(names.get(id(getattr(modules.get(name), "weight", None)), [])) != 1:
            raise ValueError(f"{name} is not a module of the model, or it shares its weight")
        parent, _, child = name.rpartition(".")
        setattr(modules[parent], child, chain(name, modules[name], layer))
    state, loaded = model.state_dict(keep_vars=True), set()
    for file in filter(lambda one: one.endswith(".safetensors"), lowrank["files"]):
        for name, tensor in read(Path(folder, file)):
            if name not in state or state[name].shape != tensor.shape or state[name].is_meta:
                raise ValueError(f"{file}: {name} {list(tensor.shape)} does not fit the model")
            state[name].data.copy_(tensor)
            loaded.add(id(state[name]))
    if missing := [name for name, tensor in state.items() if id(tensor) not in loaded]:
        raise ValueError(f"{folder} has no {', '.join(missing)}")
    return model


def description(folder):
    path = Path(folder, "lowrank.json")
    if path.exists():
        return json.loads(path.read_text())
    files = sorted(one.name for one in Path(folder).glob("*.safetensors"))
    return {"version": 1, "layers": {}, "files": files}


def chain(name, module, layer):
    kind, weight, groups = type(module), module.weight, getattr(module, "groups", 1)
    turned = kind.__name__ == "Conv1D"
    shape = list(weight.shape)[::-1] if turned else list(weight.shape)
    dense = turned or kind.__name__ in ("Linear", "NonDynamicallyQuantizableLinear")
    was = [layer["transposed"], layer["groups"], layer["shape"]]
    if [turned, groups, shape] != was or not (dense or kind in (nn.Conv1d, nn.Conv2d)):
        raise ValueError(f"{name} is {module}, not the layer of {layer['shape']} in the file")
    parts = Chain()
    for part in layer["parts"]:
        (out, inner, *kernel), own = part["shape"], part["groups"]
        bias = layer["bias"] and part is layer["parts"][-1]
        options = {"bias": bias, "device": weight.device, "dtype": weight.dtype}
        if not dense:
            keep = lambda of, other: tuple(v if k else other for v, k in zip(of, part["keeps"]))
            options.update(groups=own, padding_mode=module.padding_mode, kernel_size=tuple(kernel))
            options.update(stride=keep(module.stride, 1), dilation=keep(module.dilation, 1))
            named = isinstance(module.padding, str)  # "same" or "valid".
            options["padding"] = module.padding if named else keep(module.padding, 0)
        made = nn.utils.skip_init(nn.Linear if dense else kind, inner * own, out, **options)
        parts.add_module(part["suffix"], made)
    return parts


def read(path):
    with open(path, "rb") as file:
        start = 8 + int.from_bytes(file.read(8), "little")
        for name, entry in json.loads(file.read(start - 8)).items():
            if name != "__metadata__":
                begin, end = entry["data_offsets"]
                file.seek(start + begin)
                data, dtype = bytearray(file.read(end - begin)), DTYPES[entry["dtype"]]
                flat = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
                yield name, flat.reshape(entry["shape"])
