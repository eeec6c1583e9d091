"""Frozen encoders: hash functions together with everything their codes depend on, as kept by a hash table."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mihash_bench.anchors import KernelMap
from mihash_bench.signs import positive

Floats = NDArray[np.float64]

CHUNK_ROWS = 8192


class Encoder(Protocol):
    """A frozen encoder: its codes never change."""

    @property
    def n_bits(self) -> int:
        """The number of bits in a code."""
        ...

    def encode(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the codes of the rows, shape (n, n_bits)."""
        ...

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all arrays that the codes depend on, by name."""
        ...


@runtime_checkable
class Lifting(Protocol):
    """An encoder that computes its codes from features that learning does not change, such as kernel features."""

    def lift(self, X: NDArray[Any]) -> Floats:
        """Return these features of the rows; they are the same for all snapshots of one run."""
        ...

    def encode_lifted(self, features: Floats) -> NDArray[np.bool_]:
        """Return the codes of rows from their lifted features, shape (n, bits)."""
        ...


@dataclass(frozen=True)
class LinearCodes:
    """The encoder ``phi(x) = [x W > 0]``; W has shape (d, bits)."""

    W: Floats

    @property
    def n_bits(self) -> int:
        """The number of columns of W."""
        return int(self.W.shape[1])

    def project(self, X: NDArray[Any]) -> Floats:
        """Return ``X W``, shape (n, bits), in float64."""
        return np.asarray(X.astype(np.float64) @ self.W)

    def encode(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the codes of shape (n, bits). Rows are processed in chunks, so X may be memory-mapped."""
        codes = np.empty((len(X), self.n_bits), np.bool_)
        for start in range(0, len(X), CHUNK_ROWS):
            codes[start : start + CHUNK_ROWS] = self._signs(X[start : start + CHUNK_ROWS])
        return codes

    def _signs(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return ``project(X) > 0``; for single-precision rows, ``positive`` computes the same signs faster."""
        return positive(X, self.W) if X.dtype == np.float32 else self.project(X) > 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the projection."""
        return {"W": self.W}


@dataclass(frozen=True)
class AffineCodes(LinearCodes):
    """The encoder ``phi(x) = [x W + c > 0]``; the bias c has shape (bits,)."""

    bias: Floats

    def project(self, X: NDArray[Any]) -> Floats:
        """Return ``X W + c``, shape (n, bits), in float64."""
        return X.astype(np.float64) @ self.W + self.bias

    def _signs(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        return positive(X, self.W, bias=self.bias) if X.dtype == np.float32 else self.project(X) > 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the projection and the bias."""
        return {"W": self.W, "bias": self.bias}


@dataclass(frozen=True)
class CentredCodes(LinearCodes):
    """The encoder ``phi(x) = [(x - mean) W > 0]``; the mean has shape (d,)."""

    mean: Floats

    def project(self, X: NDArray[Any]) -> Floats:
        """Return ``(X - mean) W``, shape (n, bits), in float64."""
        return (X.astype(np.float64) - self.mean) @ self.W

    def _signs(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        return positive(X, self.W, self.mean) if X.dtype == np.float32 else self.project(X) > 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the projection and the mean."""
        return {"W": self.W, "mean": self.mean}


@dataclass(frozen=True)
class KernelCodes(LinearCodes):
    """The encoder ``phi(x) = [kappa(x) W > 0]``; W has shape (anchors + 1, bits)."""

    kernel: KernelMap

    def project(self, X: NDArray[Any]) -> Floats:
        """Return ``kappa(X) W``, shape (n, bits), in float64."""
        return self.kernel.transform(X) @ self.W

    def lift(self, X: NDArray[Any]) -> Floats:
        """Return the kernel features ``kappa(X)``, shape (n, anchors + 1)."""
        return self.kernel.transform(X)

    def encode_lifted(self, features: Floats) -> NDArray[np.bool_]:
        """Return the codes of rows from their kernel features, shape (n, bits)."""
        return features @ self.W > 0

    def _signs(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        return self.encode_lifted(self.lift(X))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the projection, the anchors and the kernel width."""
        return {"W": self.W, "anchors": self.kernel.anchors, "kernel_width": np.array(self.kernel.width)}


def encoder_from(arrays: Mapping[str, NDArray[Any]]) -> Encoder:
    """Return the encoder of this module that ``arrays()`` came from.

    Raises ValueError if there is none, or if the shapes of the arrays do not fit together.
    """
    names = set(arrays)
    if "W" in arrays:
        _check_shapes(arrays)
    if names == {"W", "anchors", "kernel_width"}:
        return KernelCodes(arrays["W"], KernelMap(arrays["anchors"], float(arrays["kernel_width"])))
    kinds: list[type[LinearCodes]] = [LinearCodes, AffineCodes, CentredCodes]
    for kind in kinds:
        if names == {each.name for each in fields(kind)}:
            return kind(**arrays)
    raise ValueError(f"encoder: no encoder is made of the arrays {', '.join(sorted(names))}")


def _check_shapes(arrays: Mapping[str, NDArray[Any]]) -> None:
    if arrays["W"].ndim != 2:
        raise ValueError(f"W has {arrays['W'].ndim} dimensions (allowed: 2)")
    rows, bits = arrays["W"].shape
    anchors = arrays["anchors"].shape[1:] if "anchors" in arrays else ()
    wanted = {"bias": (bits,), "mean": (rows,), "anchors": (rows - 1, *anchors), "kernel_width": ()}
    for name, shape in wanted.items():
        if name in arrays and (arrays[name].shape != shape or (name == "anchors" and arrays[name].ndim != 2)):
            raise ValueError(f"{name} has shape {arrays[name].shape} (allowed with W of shape {(rows, bits)}: {shape})")
