"""Three small networks for images of 28 x 28 pixels: a ResNet, a MobileNet and a vision transformer."""
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F


def normed(inputs, outputs, size, **options):
    convolution = nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False, **options)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs))


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = normed(inputs, outputs, 3, stride=stride)
        self.second = normed(outputs, outputs, 3)
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else normed(inputs, outputs, 1, stride=stride)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


class Inverted(nn.Module):
    """Wide inside, with a depthwise convolution, as in MobileNetV2."""

    def __init__(self, inputs, outputs, stride, expansion=4):
        super().__init__()
        wide = inputs * expansion
        self.expand = normed(inputs, wide, 1)
        self.depthwise = normed(wide, wide, 3, stride=stride, groups=wide)
        self.project = normed(wide, outputs, 1)
        self.same = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.project(F.relu6(self.depthwise(F.relu6(self.expand(x)))))
        return x + y if self.same else y


class Block(nn.Module):
    """Attention and a perceptron, each after a normalization and with a shortcut."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x):
        count, tokens, width = x.shape
        parts = self.qkv(self.norm1(x)).reshape(count, tokens, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        seen = F.scaled_dot_product_attention(query, key, value)
        x = x + self.proj(seen.transpose(1, 2).reshape(count, tokens, width))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class VisionTransformer(nn.Module):
    def __init__(self, width=48, depth=4, heads=4, patch=7):
        super().__init__()
        self.patches = nn.Conv2d(1, width, patch, stride=patch)
        self.position = nn.Parameter(0.02 * torch.randn(1, (28 // patch) ** 2, width))
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2) + self.position
        return self.head(self.norm(self.blocks(x)).mean(1))


def pooled(features, width):
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))
    return nn.Sequential(OrderedDict(features=features, head=head))


def resnet():
    blocks = [Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2)]
    return pooled(nn.Sequential(normed(1, 16, 3), nn.ReLU(), *blocks), 64)


def mobilenet():
    blocks = [Inverted(16, 24, 2), Inverted(24, 24, 1), Inverted(24, 40, 2), Inverted(40, 40, 1)]
    return pooled(nn.Sequential(normed(1, 16, 3), nn.ReLU6(), *blocks), 40)


networks = {"resnet": resnet, "mobilenet": mobilenet, "vit": VisionTransformer}
