"""A small convolutional network with random weights, for tests and a first look."""

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mihash_bench.deep.backbones.base import Backbone, Pixels
from mihash_bench.parameters import Constraint, Integer

if TYPE_CHECKING:
    from torch import nn

CHANNELS = (3, 16, 32, 64)


class Small(Backbone):
    """Three convolutions of 3 x 3 with stride 2 and ReLU, of 16, 32 and 64 channels, and the mean over all pixels.

    The weights are not trained but drawn at random by the rule of He et al. (2015), so that the network computes in a
    moment and needs no file. Its features tell little about an image until they are trained.

    Parameters
    ----------
    weights_seed : seed of the weights.
    """

    name = "small"
    title = "small network"
    citation = "he2015delving"
    constraints: ClassVar[dict[str, Constraint]] = {"weights_seed": Integer(0, 2**63 - 1)}
    pixels = Pixels(default=32, step=8, low=8, high=64)
    n_features = CHANNELS[-1]
    mean = (127.0, 127.0, 127.0)
    std = (64.0, 64.0, 64.0)

    def __init__(self, *, weights_seed: int = 0) -> None:
        self.weights_seed = weights_seed

    def module(self, data_dir: Path) -> "nn.Module":
        """Return the network; ``data_dir`` is not used."""
        import torch
        from torch import nn

        generator = torch.Generator().manual_seed(self.weights_seed)
        layers: list[nn.Module] = []
        for before, after in pairwise(CHANNELS):
            convolution = nn.Conv2d(before, after, kernel_size=3, stride=2, padding=1)
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(convolution.bias)
            layers += [convolution, nn.ReLU()]
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
