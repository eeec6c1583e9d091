"""VGG-F, the network of the paper's Setting 2, with the layers of MatConvNet."""

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import SourceFile
from mihash_bench.deep.backbones._matconvnet import MatConvNet, Shape, read_matconvnet
from mihash_bench.deep.backbones.base import Backbone, Pixels
from mihash_bench.parameters import Choice, Constraint

if TYPE_CHECKING:
    from torch import nn

SIDE = 224
# Height, width, channels and number of the filters of each layer up to fc7; fully connected layers are convolutions.
FILTERS: dict[str, Shape] = {
    "conv1": (11, 11, 3, 64), "conv2": (5, 5, 64, 256), "conv3": (3, 3, 256, 256), "conv4": (3, 3, 256, 256),
    "conv5": (3, 3, 256, 256), "fc6": (6, 6, 256, 4096), "fc7": (1, 1, 4096, 4096),
}  # fmt: skip


class VggF(Backbone):
    """Five convolutions and two fully connected layers of 4,096 units; the features are fc7 after ReLU.

    57 million weights. The first two convolutions are followed by local response normalisation with the parameters
    [5 2 1e-4 0.75] of MatConvNet, ``x / (2 + 1e-4 s)^0.75`` with the sum s of squares over five channels; these and the
    fifth by the maximum over 3 x 3 pixels with stride 2, where windows may reach beyond the right and lower edge. The
    average image of the file is subtracted from each image. The authors' weights may not be passed on, so the file is
    downloaded by the user.

    Parameters
    ----------
    weights : imagenet reads the file; random draws weights by the rule of He et al. (2015) and subtracts the mean color
        of ImageNet, to try out the network without the file.
    """

    name = "vgg-f"
    title = "VGG-F"
    citation = "chatfield2014return"
    constraints: ClassVar[dict[str, Constraint]] = {"weights": Choice(("imagenet", "random"))}
    files: ClassVar[tuple[SourceFile, ...]] = (
        SourceFile(
            "imagenet-vgg-f.mat",
            "layers with the filters, and the average image",
            "https://www.vlfeat.org/matconvnet/pretrained/",
        ),
    )
    pixels = Pixels(default=SIDE, step=1, low=SIDE, high=SIDE)
    n_features = 4096
    mean = (123.68, 116.78, 103.94)
    std = (1.0, 1.0, 1.0)

    def __init__(self, *, weights: str = "imagenet") -> None:
        self.weights = weights

    def module(self, data_dir: Path) -> "nn.Module":
        """Return the network with the weights of the file, or with random ones."""
        from mihash_bench.deep.backbones._vgg_f import fill, vgg_f

        module = vgg_f(FILTERS)
        fill(module, None if self.weights == "random" else self._content(data_dir))
        return module

    def normalization(self, side: int, data_dir: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the average image of the file, shape (3, 224, 224), and 1."""
        mean, std = super().normalization(side, data_dir)
        return (mean if self.weights == "random" else self._content(data_dir).average), std

    def weights_digest(self, data_dir: Path) -> str:
        """Return the SHA-256 of the file, or of the random weights."""
        if self.weights == "random":
            return super().weights_digest(data_dir)
        with self.file(data_dir).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _content(self, data_dir: Path) -> MatConvNet:
        path = self.file(data_dir)
        return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, changed: int) -> MatConvNet:
    """Read the file once for filters and average image. changed: when, so that another file is read anew."""
    return read_matconvnet(path, FILTERS, SIDE)
