"""Fully connected networks with rectified linear units: their outputs, initial weights and codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[Any]
Layers = list[tuple[Weights, Weights]]

# Few rows, so that the hidden outputs of a chunk take little memory.
ROWS = 1024


def relu(values: Weights) -> Weights:
    """Return ``max(0, v)`` elementwise."""
    return np.maximum(values, 0)


def forward(layers: Sequence[tuple[Weights, Weights]], X: Weights) -> list[Weights]:
    """Return the inputs of all layers followed by the outputs of the last one, which has no rectifier.

    layers: a pair of weights, shape (inputs, outputs), and biases, shape (outputs,), for each layer. X: shape (n, d).
    """
    values = [X]
    for number, (W, bias) in enumerate(layers):
        U = values[-1] @ W + bias
        values.append(U if number == len(layers) - 1 else relu(U))
    return values


def he_layers(sizes: Sequence[int], rng: np.random.Generator) -> Layers:
    """Draw weights from ``N(0, 2 / inputs)`` (He et al., 2015) for layers of the given sizes; all biases are 0."""
    return [
        (np.sqrt(2 / inputs) * rng.standard_normal((inputs, outputs)), np.zeros(outputs))
        for inputs, outputs in pairwise(sizes)
    ]


@dataclass(frozen=True)
class NetworkCodes:
    """The encoder ``phi(x) = [u_M(x) > 0]`` of a network with ``u_m = z_(m-1) W_m + c_m`` and ``z_m = max(0, u_m)``.

    weights: W_m, each of shape (inputs, outputs). biases: c_m, each of shape (outputs,). The last layer has one output
    for each bit. Outputs are computed in double precision, whatever the type of the weights.

    Raises ValueError if there is no layer, or if the shapes do not fit together.
    """

    weights: tuple[Weights, ...]
    biases: tuple[Weights, ...]

    def __post_init__(self) -> None:
        if not self.weights or len(self.weights) != len(self.biases):
            raise ValueError(f"{len(self.weights)} layers and {len(self.biases)} biases (allowed: as many, at least 1)")
        width = self.weights[0].shape[0] if self.weights[0].ndim else 0
        for number, (W, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if W.ndim != 2 or W.shape[0] != width or bias.shape != W.shape[1:]:
                raise ValueError(f"layer {number}: W has shape {W.shape} and its bias {bias.shape}")
            width = W.shape[1]

    @property
    def n_bits(self) -> int:
        """The number of outputs of the last layer."""
        return int(self.weights[-1].shape[1])

    def project(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return the outputs u_M of the last layer, shape (n, bits), in double precision."""
        return self._project(self._double(), X)

    def encode(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the codes of shape (n, bits). Rows are processed in chunks, so X may be memory-mapped."""
        codes, layers = np.empty((len(X), self.n_bits), np.bool_), self._double()
        for start in range(0, len(X), ROWS):
            codes[start : start + ROWS] = self._project(layers, X[start : start + ROWS]) > 0
        return codes

    def _double(self) -> Layers:
        pairs = zip(self.weights, self.biases, strict=True)
        return [(W.astype(np.float64), bias.astype(np.float64)) for W, bias in pairs]

    def _project(self, layers: Layers, X: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(forward(layers, X.astype(np.float64))[-1])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the weights and biases of all layers, named W0, bias0, W1, ..."""
        pairs = zip(self.weights, self.biases, strict=True)
        return {name: value for m, (W, bias) in enumerate(pairs) for name, value in ((f"W{m}", W), (f"bias{m}", bias))}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "NetworkCodes":
        """Return the encoder that ``arrays()`` came from. Raises ValueError if there is none."""
        depth = len(arrays) // 2
        names = {f"{kind}{m}" for m in range(depth) for kind in ("W", "bias")}
        if set(arrays) != names:
            raise ValueError(f"encoder: no network is made of the arrays {', '.join(sorted(arrays))}")
        return cls(tuple(arrays[f"W{m}"] for m in range(depth)), tuple(arrays[f"bias{m}"] for m in range(depth)))
