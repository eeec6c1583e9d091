"""Frozen encoders: hash functions with all that their codes depend on, as a hash table keeps them."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mihash_bench.anchors import KernelMap
from mihash_bench.signs import positive

Floats = NDArray[np.float64]

CHUNK_ROWS = 8192


class Encoder(Protocol):
    """A frozen encoder with all that codes depend on."""

    def encode(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the codes of shape (n, bits)."""
        ...

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything the codes depend on, by name."""
        ...


class Snapshot(Encoder, Protocol):
    """A frozen encoder that projects, as those of online methods do."""

    @property
    def W(self) -> Floats:
        """The projection, shape (features, bits)."""
        ...


@runtime_checkable
class Lifting(Protocol):
    """A snapshot that codes rows by features which learning does not change, such as those of a kernel."""

    def lift(self, X: NDArray[Any]) -> Floats:
        """Return those features of the rows, the same whichever snapshot of a run is asked."""
        ...

    def encode_lifted(self, features: Floats) -> NDArray[np.bool_]:
        """Return the codes of rows by those features."""
        ...


@dataclass(frozen=True)
class LinearCodes:
    """A frozen encoder ``phi(x) = [x W > 0]``; W has shape (d, bits). What the hash table is made with."""

    W: Floats

    def project(self, X: NDArray[Any]) -> Floats:
        """Return ``X W``, shape (n, bits), in float64."""
        return np.asarray(X.astype(np.float64) @ self.W)

    def encode(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the codes of shape (n, bits), a chunk of rows at a time: X may be memory-mapped."""
        codes = np.empty((len(X), self.W.shape[1]), np.bool_)
        for start in range(0, len(X), CHUNK_ROWS):
            codes[start : start + CHUNK_ROWS] = self._signs(X[start : start + CHUNK_ROWS])
        return codes

    def _signs(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return ``project(X) > 0``; rows in single precision take a faster way to the same signs."""
        return positive(X, self.W) if X.dtype == np.float32 else self.project(X) > 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything the codes depend on, by name."""
        return {"W": self.W}


@dataclass(frozen=True)
class AffineCodes(LinearCodes):
    """A frozen encoder ``phi(x) = [x W + c > 0]``; c has shape (bits,)."""

    bias: Floats

    def project(self, X: NDArray[Any]) -> Floats:
        """Return ``X W + c``, shape (n, bits)."""
        return X.astype(np.float64) @ self.W + self.bias

    def _signs(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        return positive(X, self.W, bias=self.bias) if X.dtype == np.float32 else self.project(X) > 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return projection and bias."""
        return {"W": self.W, "bias": self.bias}


@dataclass(frozen=True)
class CentredCodes(LinearCodes):
    """A frozen encoder ``phi(x) = [(x - mean) W > 0]``."""

    mean: Floats

    def project(self, X: NDArray[Any]) -> Floats:
        """Return ``(X - mean) W``, shape (n, bits)."""
        return (X.astype(np.float64) - self.mean) @ self.W

    def _signs(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        return positive(X, self.W, self.mean) if X.dtype == np.float32 else self.project(X) > 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return projection and mean."""
        return {"W": self.W, "mean": self.mean}


@dataclass(frozen=True)
class KernelCodes(LinearCodes):
    """A frozen encoder ``phi(x) = [kappa(x) W > 0]``; W has shape (anchors + 1, bits)."""

    kernel: KernelMap

    def project(self, X: NDArray[Any]) -> Floats:
        """Return ``kappa(X) W``, shape (n, bits)."""
        return self.kernel.transform(X) @ self.W

    def lift(self, X: NDArray[Any]) -> Floats:
        """Return ``kappa(X)``, which no step changes: what a table may keep of its rows."""
        return self.kernel.transform(X)

    def encode_lifted(self, features: Floats) -> NDArray[np.bool_]:
        """Return the codes of rows that are lifted already, shape (n, bits)."""
        return features @ self.W > 0

    def _signs(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        return self.encode_lifted(self.lift(X))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the projection, the anchors and the width of the kernel."""
        return {"W": self.W, "anchors": self.kernel.anchors, "kernel_width": np.array(self.kernel.width)}
