"""The frozen encoder of an end-to-end method: a network as arrays. PyTorch is imported only to compute codes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.deep.batches import ENCODE_ROWS

Arrays = Mapping[str, NDArray[Any]]
# Where the files of backbones are looked for if a run file does not say more.
USUAL_DATA_DIR = Path("datasets")


def as_array(text: str) -> NDArray[np.uint8]:
    """Return a text as an array of its bytes in UTF-8."""
    return np.frombuffer(text.encode(), np.uint8).copy()


def as_text(array: NDArray[Any]) -> str:
    """Return the text of ``as_array``. Raises ValueError if it is none."""
    return np.asarray(array, np.uint8).tobytes().decode()


@dataclass(frozen=True)
class NetworkCodes:
    """The encoder ``phi(image) = [z W + c > 0]``, with z the centred and scaled features of a backbone.

    backbone: its name. pixels: the side of its input. mean: the mean that is subtracted from its features, shape (d,).
    W: shape (d, bits). bias: shape (bits,). weights: all weights of the backbone in the order of its ``state_dict``,
    float32, or None for those that it has before training. parameters: those of the backbone that differ from its
    defaults.
    """

    backbone: str
    pixels: int
    mean: NDArray[np.float32] = field(repr=False)
    W: NDArray[np.float32] = field(repr=False)
    bias: NDArray[np.float32] = field(repr=False)
    weights: NDArray[np.float32] | None = field(repr=False, default=None)
    parameters: tuple[tuple[str, Any], ...] = ()
    data_dir: Path = field(repr=False, compare=False, default=USUAL_DATA_DIR)

    @property
    def n_bits(self) -> int:
        """The number of columns of W."""
        return int(self.W.shape[1])

    def encode(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the codes, shape (n, bits), of images of shape (n, height, width, 3) with values 0 to 255.

        Raises InputError if PyTorch or the weights of the backbone are missing.
        """
        return self.outputs(X) > 0

    def outputs(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Return ``z W + c``, shape (n, bits)."""
        network = self._network
        parts = [network.outputs(np.asarray(X[start : start + ENCODE_ROWS])) for start in _starts(len(X))]
        return np.concatenate([np.empty((0, self.n_bits), np.float32), *parts])

    @property
    def _network(self) -> Any:
        # Imported late so that reading a run file does not load PyTorch.
        from mihash_bench.deep.hash_network import load_hash_network

        if "_made" not in self.__dict__:
            head = {"mean": self.mean, "W": self.W, "bias": self.bias, "weights": self.weights}
            self.__dict__["_made"] = load_hash_network(
                self.backbone, dict(self.parameters), self.pixels, self.data_dir, **head
            )
        return self.__dict__["_made"]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays of the network; those of the backbone only if they were trained."""
        trained = {} if self.weights is None else {"weights": self.weights}
        head = {"W": self.W, "bias": self.bias, "mean": self.mean}
        named: dict[str, NDArray[Any]] = {
            "backbone": as_array(self.backbone),
            "pixels": np.array(self.pixels, np.int64),
        }
        if self.parameters:
            named["backbone_parameters"] = as_array(json.dumps(dict(self.parameters), sort_keys=True))
        return {**named, **head, **trained}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "NetworkCodes":
        """Return the encoder that ``arrays`` came from. Raises ValueError or KeyError if there is none."""
        d, bits = arrays["W"].shape
        if arrays["bias"].shape != (bits,) or arrays["mean"].shape != (d,):
            raise ValueError(f"mean and bias do not fit to W of shape {(d, bits)}")
        name, pixels = as_text(arrays["backbone"]), int(arrays["pixels"])
        given = json.loads(as_text(arrays["backbone_parameters"])) if "backbone_parameters" in arrays else {}
        parameters = tuple(sorted(dict(given).items()))
        return cls(name, pixels, arrays["mean"], arrays["W"], arrays["bias"], arrays.get("weights"), parameters)


def _starts(rows: int) -> range:
    return range(0, rows, ENCODE_ROWS)
