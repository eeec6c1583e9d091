"""The layers of EfficientNet-Lite0, with the padding of TensorFlow."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from torch import Tensor, nn

from mihash_bench.errors import InputError

STEM, HEAD = 32, 1280
# Of each stage: expansion, channels, repeats, stride of the first block, kernel size.
STAGES = (
    (1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)  # fmt: skip
BATCH_NORM_EPS = 1e-3
# The classifier of the 1,000 classes of ImageNet, which makes no features.
CLASSIFIER = "_fc."


class Block(nn.Module):
    """Expansion by 1 x 1, a convolution within each channel, and a projection by 1 x 1 without an activation.

    The input is added to the output if both have the same shape.
    """

    def __init__(self, channels: int, out: int, expansion: int, stride: int, kernel: int) -> None:
        super().__init__()
        wide = channels * expansion
        expand = _convolution(channels, wide, 1) if expansion > 1 else []
        self.layers = nn.Sequential(
            *expand, *_convolution(wide, wide, kernel, stride, groups=wide), *_convolution(wide, out, 1)[:-1]
        )
        self.is_residual = stride == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of shape (n, out, height / stride, width / stride)."""
        y: Tensor = self.layers(x)
        return y + x if self.is_residual else y


def efficientnet_lite0() -> nn.Sequential:
    """Return the network up to the mean over all pixels of its 1,280 channels, with weights yet to be filled in."""
    return nn.Sequential(
        *_convolution(3, STEM, 3, stride=2), *_blocks(), *_convolution(STAGES[-1][1], HEAD, 1),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )  # fmt: skip


def _blocks() -> Iterator[Block]:
    for (_, channels, *_), (expansion, out, repeats, stride, kernel) in pairwise(((0, STEM), *STAGES)):
        yield Block(channels, out, expansion, stride, kernel)
        for _ in range(repeats - 1):
            yield Block(out, out, expansion, 1, kernel)


def _convolution(channels: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """Return a convolution, its batch normalisation and ReLU6.

    With stride 2 and an even size, TensorFlow pads k - 2 pixels in all, the larger half at the right and the bottom.
    """
    padding: list[nn.Module] = []
    if stride == 2:
        before, after = (kernel - 2) // 2, (kernel - 1) // 2
        padding = [nn.ZeroPad2d((before, after, before, after))]
    around = 0 if stride == 2 else kernel // 2
    layer = nn.Conv2d(channels, out, kernel, stride, around, groups=groups, bias=False)
    return [*padding, layer, nn.BatchNorm2d(out, eps=BATCH_NORM_EPS), nn.ReLU6(inplace=True)]


def fill(module: nn.Module, content: Mapping[str, Any], where: str) -> None:
    """Fill in the weights of a file, which lists the layers in the order in which they compute.

    Raises InputError, naming ``where``, if a layer is missing or has another shape.
    """
    wanted = module.state_dict()
    found = {name: values for name, values in content.items() if not name.startswith(CLASSIFIER)}
    if [_signature(item) for item in wanted.items()] != [_signature(item) for item in found.items()]:
        raise InputError(f"{where}: the layers are not those of EfficientNet-Lite0")
    module.load_state_dict(dict(zip(wanted, found.values(), strict=True)))


def _signature(item: tuple[str, Any]) -> tuple[str, tuple[int, ...]]:
    """Return what a weight is, such as ``running_mean``, and its shape."""
    name, values = item
    return name.rpartition(".")[2], tuple(getattr(values, "shape", ()))
