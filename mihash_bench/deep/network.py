"""A backbone that is ready to compute, and how images become its input."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import interpolate


@dataclass(frozen=True)
class Network:
    """A backbone with its weights, for images of one size.

    Parameters
    ----------
    module : maps float32 images of shape (n, 3, pixels, pixels), in the memory format ``channels_last``, to features
        of shape (n, n_features). It is in evaluation mode and stays in it while it is trained: its batch normalisation
        is folded into the convolutions, or uses the statistics of the pretraining where it cannot be folded.
    pixels : the side of its input.
    n_features : the number of features.
    mean : float32 of shape (3, 1, 1) or (3, pixels, pixels), in units of pixel values.
    std : float32 of the same shape or (3, 1, 1), positive.
    """

    module: nn.Module
    pixels: int
    n_features: int
    mean: Tensor
    std: Tensor

    def resized(self, images: NDArray[np.uint8]) -> Tensor:
        """Return images of shape (n, height, width, 3) as uint8 of shape (n, 3, pixels, pixels), ``channels_last``.

        They are interpolated by the bicubic kernel with a = -0.5 and rounded, with a low-pass filter where they get
        smaller, as by Pillow. Each image is computed alone, in integers, so the result does not depend on the batch.
        """
        # Copied because images are mapped read-only. The permuted view of rows of RGB pixels is channels_last already.
        batch = torch.from_numpy(np.array(images, order="C")).permute(0, 3, 1, 2)
        if batch.shape[2:] == (self.pixels, self.pixels):
            return batch
        return interpolate(batch, size=(self.pixels, self.pixels), mode="bicubic", antialias=True)

    def normalized(self, resized: Tensor) -> Tensor:
        """Return ``(x - mean) / std`` of resized images in float32, in the memory format ``channels_last``."""
        return (resized.float() - self.mean) / self.std

    def features(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the features, shape (n, n_features), of images of shape (n, height, width, 3), as one batch."""
        with torch.inference_mode():
            found: Any = self.module(self.normalized(self.resized(images)))
        return np.asarray(found.numpy(), np.float32)
