"""The layers of VGG-F in PyTorch."""

from collections.abc import Mapping

import torch
from torch import nn

from mihash_bench.deep.backbones._matconvnet import MatConvNet, Shape

# Stride and padding of the convolutions; all others have stride 1 and no padding.
GEOMETRY = {"conv1": (4, 0), "conv2": (1, 2), "conv3": (1, 1), "conv4": (1, 1), "conv5": (1, 1)}
NORMALIZED, POOLED = ("conv1", "conv2"), ("conv1", "conv2", "conv5")


def vgg_f(filters: Mapping[str, Shape]) -> nn.Sequential:
    """Return the network up to fc7 after ReLU, whose weights are not filled in. filters: the shapes, by layer."""
    network = nn.Sequential()
    for name, (height, width, channels, number) in filters.items():
        stride, padding = GEOMETRY.get(name, (1, 0))
        # Made without weights, because drawing millions of them takes longer than reading them.
        layer = nn.utils.skip_init(nn.Conv2d, channels, number, (height, width), stride=stride, padding=padding)
        network.add_module(name, layer)
        network.add_module(f"relu_{name}", nn.ReLU(inplace=True))
        if name in NORMALIZED:
            # PyTorch divides alpha by the number of channels; MatConvNet does not.
            network.add_module(f"norm_{name}", nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0))
        if name in POOLED:
            # MatConvNet pads by a row and a column at the end, which has the effect of rounding the size up.
            network.add_module(f"pool_{name}", nn.MaxPool2d(3, stride=2, ceil_mode=True))
    network.add_module("flatten", nn.Flatten())
    return network


def fill(network: nn.Sequential, content: MatConvNet | None) -> None:
    """Fill in the weights of a file, or random ones if there is none."""
    for name, layer in network.named_children():
        if not isinstance(layer, nn.Conv2d):
            continue
        if content is None:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        else:
            with torch.no_grad():
                layer.weight.copy_(torch.from_numpy(content.filters[name]))
                layer.bias.copy_(torch.from_numpy(content.biases[name]))
