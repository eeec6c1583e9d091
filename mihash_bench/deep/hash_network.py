"""A backbone with a hash layer on top, which maps images to outputs and can be trained."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import normalize

from mihash_bench.deep.batches import ENCODE_ROWS
from mihash_bench.deep.network import Network
from mihash_bench.errors import InputError
from mihash_bench.registry import BACKBONES

Images = NDArray[np.uint8]


class HashNetwork:
    """The outputs ``u = z W + c`` of a backbone, with z its features minus ``mean``, scaled to unit L2 norm.

    network: the backbone. mean: shape (d,). W: shape (d, bits). bias: shape (bits,). device: where to compute.
    precision: ``bfloat16`` computes the backbone in mixed precision. The features, their scaling and the outputs are
    always in single precision. Batch normalisation always uses the statistics of the pretraining.
    """

    def __init__(
        self, network: Network, mean: Any, W: Any, bias: Any, *, device: str = "cpu", precision: str = "float32"
    ) -> None:
        self.device, self.precision = torch.device(device), precision
        self.network = replace(network, mean=network.mean.to(self.device), std=network.std.to(self.device))
        self.module: nn.Module = network.module.to(self.device)
        self.mean = self._tensor(mean)
        self.W, self.bias = nn.Parameter(self._tensor(W)), nn.Parameter(self._tensor(bias))

    def _tensor(self, values: Any) -> Tensor:
        return torch.tensor(np.asarray(values, np.float32), device=self.device)

    def resized(self, images: Images) -> Tensor:
        """Return images of shape (n, height, width, 3) in the size of the network, uint8, in main memory."""
        return self.network.resized(np.array(images))  # rows of a mapped file cannot be written to

    def features(self, resized: Tensor) -> Tensor:
        """Return the features of the backbone, shape (n, d), in single precision."""
        kind = self.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=self.precision == "bfloat16"):
            found: Tensor = self.module(self.network.normalized(resized.to(self.device, non_blocking=True)))
        return found.float()

    def __call__(self, resized: Tensor) -> Tensor:
        """Return the outputs, shape (n, bits)."""
        return normalize(self.features(resized) - self.mean) @ self.W + self.bias

    def outputs(self, images: Images) -> NDArray[np.float32]:
        """Return the outputs of images, shape (n, bits), without remembering how to differentiate them."""
        with torch.inference_mode():
            found = self(self.resized(images)).cpu().numpy()
        return np.asarray(found, np.float32)

    def features_of(self, images: Images, rows: NDArray[np.int64]) -> Iterator[NDArray[np.float32]]:
        """Yield the features of the images at the given rows, ``ENCODE_ROWS`` at a time."""
        for start in range(0, len(rows), ENCODE_ROWS):
            with torch.inference_mode():
                yield self.features(self.resized(images[rows[start : start + ENCODE_ROWS]])).cpu().numpy()

    def weights(self) -> NDArray[np.float32]:
        """Return all weights of the backbone in the order of its ``state_dict``, shape (weights,)."""
        return flat(self._floats())

    def set_weights(self, weights: NDArray[Any]) -> None:
        """Replace all weights of the backbone. Raises InputError if their number is another one."""
        fill(self._floats(), weights)

    def _floats(self) -> list[Tensor]:
        return [each for each in self.module.state_dict().values() if each.is_floating_point()]


def flat(tensors: list[Tensor]) -> NDArray[np.float32]:
    """Return the values of some tensors one after the other."""
    parts = [each.detach().cpu().contiguous().reshape(-1).numpy() for each in tensors]
    return np.concatenate([np.empty(0, np.float32), *parts])


def fill(tensors: list[Tensor], values: NDArray[Any]) -> None:
    """Fill tensors with the values that ``flat`` has returned. Raises InputError if there are more or fewer."""
    wanted = sum(each.numel() for each in tensors)
    if values.shape != (wanted,):
        raise InputError(f"weights: {values.size:,} values for a network of {wanted:,} (allowed: those of one network)")
    parts = torch.split(torch.tensor(values), [each.numel() for each in tensors])
    with torch.no_grad():
        for each, part in zip(tensors, parts, strict=True):
            each.copy_(part.reshape(each.shape))


def load_hash_network(
    backbone: str, parameters: Mapping[str, Any], pixels: int, data_dir: Path, *, mean: Any, W: Any, bias: Any,
    weights: NDArray[Any] | None,
) -> HashNetwork:  # fmt: skip
    """Return the network of a backbone, with these weights or, if they are None, with those that it comes with.

    Raises InputError if PyTorch, the backbone or its weights are missing, or if the weights are those of another one.
    """
    made = HashNetwork(BACKBONES.get(backbone)(**parameters).load(data_dir, pixels), mean, W, bias)
    if weights is not None:
        made.set_weights(weights)
    return made
