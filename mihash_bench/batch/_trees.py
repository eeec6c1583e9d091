"""Ensembles of complete decision trees on features of 8 bits, and the frozen hash functions made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

LEVELS = 256
ROWS = 1024
# Added to the range of each feature, as a fraction of it.
MARGIN = 1e-3


@dataclass(frozen=True)
class Quantiser:
    """Maps each feature to a whole number from 0 to 255: ``floor(256 (x - low) / width)``, limited to this range.

    low, scale: the lower end of each feature and 256 / width, each of shape (d,); a constant feature has scale 0.
    """

    low: Floats
    scale: Floats

    @classmethod
    def of(cls, X: Floats) -> "Quantiser":
        """Return the quantiser of the range of each feature of X, shape (n, d), which is widened by 0.1%."""
        low, high = X.min(axis=0), X.max(axis=0)
        widened = (high - low) * (1 + MARGIN)
        scale = np.divide(LEVELS, widened, out=np.zeros_like(low), where=widened > 0)
        return cls(low - (high - low) * MARGIN / 2, scale)

    def levels(self, X: NDArray[Any]) -> Bytes:
        """Return the quantised rows, shape (n, d)."""
        return np.clip((X.astype(np.float64) - self.low) * self.scale, 0, LEVELS - 1).astype(np.uint8)


@dataclass(frozen=True)
class Trees:
    """The score ``bias + sum_t h_t(x)`` of complete trees of equal depth.

    features, thresholds: shape (trees, 2^depth - 1), level by level; a row goes right where its feature is above the
    threshold. leaves: shape (trees, 2^depth), from left to right.
    """

    features: NDArray[np.int32]
    thresholds: Bytes
    leaves: Floats
    bias: float = 0.0

    @classmethod
    def empty(cls, n_trees: int, depth: int, bias: float = 0.0) -> "Trees":
        """Return trees whose leaves are all 0."""
        inner = (n_trees, 2**depth - 1)
        return cls(np.zeros(inner, np.int32), np.zeros(inner, np.uint8), np.zeros((n_trees, 2**depth)), bias)

    def score(self, Q: Bytes) -> Floats:
        """Return the score of quantised rows, shape (n,)."""
        # Imported late so that describing methods does not load numba.
        from mihash_bench.batch._tree_kernel import add_leaves

        scores = np.full(len(Q), self.bias)
        if self.leaves.any():
            add_leaves(Q, self.features, self.thresholds, self.leaves, scores)
        return scores


@dataclass(frozen=True)
class TreeCodes:
    """The encoder ``phi(x) = [bias + sum_t h_t(q(x)) > 0]`` with trees h_t for each bit on quantised features q(x).

    low, scale: the quantiser, each of shape (d,). features, thresholds: shape (bits, trees, 2^depth - 1). leaves: shape
    (bits, trees, 2^depth). bias: shape (bits,). See ``Trees``.

    Raises ValueError if shapes or types do not fit together, or if a feature of a tree is not one of the d.
    """

    low: Floats
    scale: Floats
    features: NDArray[np.int32]
    thresholds: Bytes
    leaves: Floats
    bias: Floats

    def __post_init__(self) -> None:
        types = {name: getattr(self, name).dtype.name for name in ("features", "thresholds", "leaves")}
        if types != {"features": "int32", "thresholds": "uint8", "leaves": "float64"}:
            raise ValueError(f"trees have the types {types}")
        inner, leaves = self.features.shape, self.leaves.shape
        fits = self.features.ndim == self.leaves.ndim == 3 and self.thresholds.shape == inner
        if not (fits and leaves == (*inner[:2], inner[2] + 1) and self.bias.shape == inner[:1]):
            raise ValueError(f"trees have the shapes {inner}, {self.thresholds.shape}, {leaves}, {self.bias.shape}")
        if leaves[2] & (leaves[2] - 1):
            raise ValueError(f"trees have {leaves[2]} leaves (allowed: a power of 2)")
        if self.low.ndim != 1 or self.low.shape != self.scale.shape:
            raise ValueError(f"the quantiser has the shapes {self.low.shape}, {self.scale.shape}")
        # The compiled kernel does not check where it reads.
        if self.features.size and not (self.features.min() >= 0 and self.features.max() < len(self.low)):
            raise ValueError(f"a tree has a feature outside of 0 to {len(self.low) - 1}")

    @property
    def n_bits(self) -> int:
        """The number of ensembles."""
        return len(self.bias)

    def encode(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the codes of shape (n, bits). Rows are processed in chunks, so X may be memory-mapped."""
        quantiser, bits = Quantiser(self.low, self.scale), [self._trees(bit) for bit in range(self.n_bits)]
        codes = np.empty((len(X), self.n_bits), np.bool_)
        for start in range(0, len(X), ROWS):
            Q = quantiser.levels(X[start : start + ROWS])
            for bit, trees in enumerate(bits):
                codes[start : start + ROWS, bit] = trees.score(Q) > 0
        return codes

    def _trees(self, bit: int) -> Trees:
        features, thresholds, leaves = (
            np.ascontiguousarray(each[bit]) for each in (self.features, self.thresholds, self.leaves)
        )
        return Trees(features, thresholds, leaves, float(self.bias[bit]))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the quantiser and the trees."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "TreeCodes":
        """Return the encoder that ``arrays()`` came from. Raises ValueError if there is none."""
        if set(arrays) != {each.name for each in fields(cls)}:
            raise ValueError(f"encoder: no trees are made of the arrays {', '.join(sorted(arrays))}")
        return cls(**arrays)


@dataclass(frozen=True)
class GrownTree:
    """A tree of a library: children of each node, shape (nodes,), whether it is a leaf, and what its split or leaf is.

    A row goes left where ``x[feature] <= threshold``. The root is node 0.
    """

    left: NDArray[Any]
    right: NDArray[Any]
    is_leaf: NDArray[Any]
    feature: NDArray[Any]
    threshold: NDArray[Any]
    value: NDArray[Any]


def add_complete(trees: Trees, place: int, grown: GrownTree) -> None:
    """Write a tree of at most the same depth into one place of an ensemble; leaves above the last level are repeated.

    Since features are whole numbers, ``x <= threshold`` is the same as ``x <= floor(threshold)``.
    """
    inner = trees.features.shape[1]

    def fill(node: int, where: int) -> None:
        if where >= inner:
            trees.leaves[place, where - inner] = grown.value[node]
            return
        leaf = bool(grown.is_leaf[node])
        trees.features[place, where] = 0 if leaf else grown.feature[node]
        trees.thresholds[place, where] = LEVELS - 1 if leaf else int(grown.threshold[node])
        fill(node if leaf else int(grown.left[node]), 2 * where + 1)
        fill(node if leaf else int(grown.right[node]), 2 * where + 2)

    fill(0, 0)
