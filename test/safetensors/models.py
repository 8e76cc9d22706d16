"""Makes small PyTorch models with random weights, and compares them with their compressed forms.

    python models.py save FOLDER     saves each model to FOLDER/NAME/original, and prints their names as JSON
    python models.py check FOLDER    loads FOLDER/NAME/compressed into a new module, and prints for each name the
                                     largest difference of the outputs, relative to the largest output

`load_state_dict` of the compressed files must agree with the loader. GPT-2 is the one of transformers if it is
installed; a small copy of its `Conv1D` otherwise.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[2] / "python"))
from lowrank_loader import load  # noqa: E402
from save_model import save  # noqa: E402


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(50, 24)
        layer = nn.TransformerEncoderLayer(24, 3, 40, dropout=0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(24, 50, bias=False)
        self.head.weight = self.embed.weight
        self.other = nn.Linear(24, 7, bias=False)

    def forward(self, x):
        y = self.encoder(self.embed(x))
        return torch.cat([self.head(y), self.other(y)], -1)


class Conv1D(nn.Module):
    def __init__(self, out, inputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, out))
        self.bias = nn.Parameter(torch.empty(out))

    def forward(self, x):
        return x @ self.weight + self.bias


def gpt2():
    try:
        from transformers import GPT2Config, GPT2LMHeadModel
    except ImportError:
        return nn.Sequential(nn.Embedding(50, 24), Conv1D(96, 24), nn.GELU(), Conv1D(24, 96))
    config = GPT2Config(vocab_size=50, n_positions=16, n_embd=24, n_layer=2, n_head=3)
    return GPT2LMHeadModel(config)


def convolutions():
    return nn.Sequential(
        nn.Conv2d(3, 8, (5, 3), stride=(2, 1), padding=(1, 2)),
        nn.BatchNorm2d(8),
        nn.Conv2d(8, 6, 3, padding="same", dilation=2, bias=False),
        nn.ReLU(),
        nn.Conv2d(6, 12, 3, padding=1, groups=2, padding_mode="reflect"),
        nn.Conv2d(12, 12, 3, groups=12),
        nn.Conv2d(12, 10, 3, stride=2, padding=1),
        nn.Flatten(2),
        nn.Conv1d(10, 9, 4, stride=3, padding=1),
        nn.Flatten(),
        nn.LazyLinear(5),
    )


INPUTS = {
    "transformer": lambda: torch.randint(50, (2, 9)),
    "half": lambda: torch.randint(50, (2, 9)),
    "gpt2": lambda: torch.randint(50, (2, 9)),
    "convolutions": lambda: torch.randn(2, 3, 17, 15),
}
MODELS = {
    "transformer": Transformer,
    "half": lambda: Transformer().bfloat16(),
    "gpt2": gpt2,
    "convolutions": convolutions,
}


def made(name, seed):
    torch.manual_seed(seed)
    model = MODELS[name]().eval()
    with torch.no_grad():
        output(model, name)
        for value in [*model.parameters(), *model.buffers()]:
            if value.is_floating_point():
                value.copy_(0.5 + torch.rand_like(value) if value.dim() == 1 else 0.3 * torch.randn_like(value))
    return model


def output(model, name):
    torch.manual_seed(1)
    with torch.no_grad():
        result = model(INPUTS[name]())
    return getattr(result, "logits", result)


def plain(folder):
    tensors = {}
    for file in json.loads((folder / "lowrank.json").read_text())["files"]:
        if file.endswith(".safetensors"):
            from safetensors.torch import load_file

            tensors.update(load_file(folder / file))
    return tensors


def refused(model, folder, words):
    try:
        load(model, folder)
    except ValueError as problem:
        assert words in str(problem), problem
        return
    raise AssertionError(f"not refused: {words}")


def check_trained(root, name):
    """A compressed model that was trained further is saved and loaded like any other."""
    compressed, trained = root / name / "compressed", root / name / "trained"
    model = load(made(name, 3), compressed)
    with torch.no_grad():
        for value in model.parameters():
            value.mul_(1.25)
    save(model, trained)
    again = load(load(made(name, 4), compressed), trained)
    assert torch.equal(output(again, name), output(model, name)), name


def check_refusals(root):
    compressed = root / "transformer" / "compressed"
    refused(nn.Sequential(nn.Linear(2, 2)), compressed, "is not a module of the model")
    shared = Transformer()
    shared.encoder.layers[0].linear1 = shared.encoder.layers[1].linear1
    refused(shared, compressed, "shares its weight")
    turned = Transformer()
    turned.other = Conv1D(7, 24)
    refused(turned, compressed, "not the layer of [7, 24] in the file")
    for folder in (compressed, root / "transformer" / "original"):
        larger = Transformer()
        larger.more = nn.Linear(2, 2)
        refused(larger, folder, "has no more.weight, more.bias")
    refused(Transformer(), root / "transformer" / "trained", "does not fit the model")
    with torch.device("meta"):
        refused(Transformer(), compressed, "does not fit the model")


command, root = sys.argv[1], Path(sys.argv[2])
if command == "save":
    for name in MODELS:
        save(made(name, 2), root / name / "original", shard_bytes=1_000_000 if name == "half" else 10_000)
    print(json.dumps(list(MODELS)))
else:
    differences = {}
    for name in MODELS:
        model, expected = made(name, 3), output(made(name, 2), name)
        found = output(load(model, root / name / "compressed"), name)
        check_trained(root, name)
        differences[name] = ((found - expected).abs().max() / expected.abs().max()).item()
        try:
            state = plain(root / name / "compressed")
        except ImportError:
            continue
        result = model.load_state_dict(state, strict=False)
        assert not result.unexpected_keys, result
    check_refusals(root)
    print(json.dumps(differences))
