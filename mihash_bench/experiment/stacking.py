"""Several hash functions of one kind as a single one, in which bits that they have in common are computed once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.encoders import AffineCodes, Encoder, KernelCodes, LinearCodes

Positions = NDArray[np.int64]

# Kinds of encoders whose bits are columns of W, and of a bias if there is one, and do not depend on each other.
KINDS = (LinearCodes, AffineCodes, KernelCodes)


@dataclass(frozen=True)
class Stack:
    """An encoder with each distinct bit of several encoders once, and the positions in it of the bits of each."""

    encoder: LinearCodes
    positions: tuple[Positions, ...]

    def parts(self, bits: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
        """Return the codes of each encoder from the codes of all distinct bits."""
        return [bits[:, _as_slice(positions)] for positions in self.positions]


def is_faster_stacked(encoders: Sequence[Encoder]) -> bool:
    """Return whether encoders can be stacked and do not lift rows, which takes most of the time and is done once."""
    kind = type(encoders[0])
    return kind in KINDS and not issubclass(kind, KernelCodes) and all(type(each) is kind for each in encoders)


def stacked(encoders: Sequence[Encoder]) -> Stack | None:
    """Return the encoders as one, or None if they are not all of one kind that can be stacked.

    A product with many columns takes less time than many products with few, and each row needs its norm only once.
    Kernel encoders must have the same kernel, as those of one run have; that of the first is used.
    """
    kind = type(encoders[0])
    if kind not in KINDS or any(type(each) is not kind for each in encoders):
        return None
    same: list[Any] = list(encoders)
    found: dict[bytes, int] = {}
    columns: list[NDArray[np.float64]] = []
    positions = []
    for each in same:
        own = np.ascontiguousarray(_columns(each))
        positions.append(np.array([_position(column, found, columns) for column in own], np.int64))
    W = np.array(columns).T
    affine = kind is AffineCodes
    distinct = {"W": np.ascontiguousarray(W[:-1] if affine else W), **({"bias": W[-1].copy()} if affine else {})}
    return Stack(replace(same[0], **distinct), tuple(positions))


def _as_slice(positions: Positions) -> Positions | slice:
    """Return consecutive positions as a slice, with which nothing is copied, and others as they are."""
    first = int(positions[0])
    consecutive = np.array_equal(positions, np.arange(first, first + len(positions)))
    return slice(first, first + len(positions)) if consecutive else positions


def _columns(encoder: LinearCodes) -> NDArray[np.float64]:
    """Return the columns of W, each followed by its bias if there is one, as rows."""
    return np.column_stack([encoder.W.T, encoder.bias]) if isinstance(encoder, AffineCodes) else encoder.W.T


def _position(column: NDArray[np.float64], found: dict[bytes, int], columns: list[NDArray[np.float64]]) -> int:
    """Return the position of a column among the distinct ones, to which it is added if it is new."""
    position = found.setdefault(column.tobytes(), len(columns))
    if position == len(columns):
        columns.append(column)
    return position
