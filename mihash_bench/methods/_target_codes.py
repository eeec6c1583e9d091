"""Target codes of labels: rows of a Hadamard matrix, and what becomes of them at other code lengths."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.errors import InputError
from mihash_bench.methods._labels import LabelRows, labels_of

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]

# The largest Hadamard matrix takes 16 MB.
MOST_CLASSES = 4096


def order_of(n_bits: int, classes: int) -> int:
    """Return the order of the Hadamard matrix, the smallest power of two with a row for each class and each bit."""
    return 1 << (max(n_bits, classes) - 1).bit_length()


def hadamard(order: int) -> NDArray[np.int8]:
    """Return Sylvester's matrix, ``H[i, j] = (-1)^popcount(i AND j)``, shape (order, order)."""
    numbers = np.arange(order)
    odd = np.bitwise_count(numbers[:, None] & numbers) & 1
    return np.where(odd, -1, 1).astype(np.int8)


def checked_codebook(codebook: ArrayLike) -> NDArray[np.int8]:
    """Return a given codebook. Raises InputError if it is not a matrix of -1 and +1."""
    rows = np.asarray(codebook)
    if rows.ndim != 2 or not np.isin(rows, (-1, 1)).all():
        raise InputError(f"codebook: shape {rows.shape} (allowed: a matrix of -1 and +1)")
    return rows.astype(np.int8)


def signs(values: Floats) -> Floats:
    """Return +1 where a value is positive and -1 elsewhere, also for 0."""
    return np.where(values > 0, 1.0, -1.0)


def majority(total: Floats, zero_order: Positions) -> Floats:
    """Return the signs of a sum of codes, with columns that sum to 0 filled so that both signs are equally frequent.

    total: shape (columns,). zero_order: a permutation of the columns, the order in which zeros are filled. With n+ and
    n- the numbers of positive and negative columns, the first ``min(|n+ - n-|, zeros)`` zeros take the rarer sign. Of
    the other zeros, the first half (the larger one if their number is odd) becomes +1 and the rest -1.
    """
    code = np.sign(total)
    zeros = zero_order[code[zero_order] == 0]
    surplus = int(code.sum())
    rarer = min(abs(surplus), len(zeros))
    code[zeros[:rarer]] = -np.sign(surplus)
    rest = zeros[rarer:]
    half = (len(rest) + 1) // 2
    code[rest[:half]], code[rest[half:]] = 1.0, -1.0
    return np.asarray(code)


class TargetCodes:
    """The target codes of examples, of -1 and +1.

    Each label takes the next row h of the codebook at first sight. If the codebook has as many columns as the codes
    have bits, h is its target code; otherwise the target code is ``sgn(h A)`` with a projection A, where sgn(0) = -1.
    The code h of an example with several labels is the majority of their rows, see ``majority``. New labels of one
    example take their rows in ascending order.

    codebook: shape (rows, columns). projection: shape (columns, bits), or None to use the rows as they are.
    zero_orders: a permutation of the columns for each example with several labels, in the order of the stream, or None
    to draw them from ``random``. option: as in ``LabelRows``.
    """

    def __init__(
        self,
        codebook: NDArray[np.int8],
        projection: Floats | None,
        option: str,
        random: np.random.Generator,
        zero_orders: Sequence[ArrayLike] | None = None,
    ) -> None:
        self.codebook, self.projection, self.random = codebook, projection, random
        self.rows = LabelRows(len(codebook), option)
        self.zero_orders = None if zero_orders is None else [np.array(order, np.int64) for order in zero_orders]

    def of_block(self, y: NDArray[Any]) -> tuple[Positions, Floats]:
        """Return the positions of the rows of y that have labels, and the target codes of these rows."""
        several = [(place, labels_of(row)) for place, row in enumerate(y)]
        kept = [(place, labels) for place, labels in several if labels]
        places = np.array([place for place, _ in kept], np.int64)
        codes = list(self._codes([labels for _, labels in kept]))
        H = np.array(codes, np.float64).reshape(len(codes), self.codebook.shape[1])
        return places, H if self.projection is None else signs(H @ self.projection)

    def _codes(self, examples: list[list[int]]) -> Iterator[Any]:
        for labels in examples:
            rows = [self.rows.of(label) for label in labels]
            if len(rows) == 1:
                yield self.codebook[rows[0]]
            else:
                yield majority(self.codebook[rows].sum(axis=0, dtype=np.float64), self._zero_order())

    def _zero_order(self) -> Positions:
        if self.zero_orders is None:
            return self.random.permutation(self.codebook.shape[1])
        if not self.zero_orders:
            raise InputError("zero_orders: too few (allowed: one for each example with several labels)")
        return self.zero_orders.pop(0)


def started_targets(
    method: Any,
    random: np.random.Generator,
    *,
    permuted: bool,
    codebook: ArrayLike | None,
    projection: ArrayLike | None,
    zero_orders: Sequence[ArrayLike] | None,
) -> TargetCodes:
    """Return the target codes of a method with the parameter ``classes``, with whatever is not given drawn.

    permuted: whether the rows of the Hadamard matrix are in random order. A drawn projection has Gaussian columns of
    unit norm. Raises InputError if a given array does not fit.
    """
    if codebook is None:
        H = hadamard(order_of(method.n_bits, method.classes))
        rows = random.permutation(H) if permuted else H
    else:
        rows = checked_codebook(codebook)
    shape = (rows.shape[1], method.n_bits)
    A: Floats | None = None
    if projection is not None:
        A = np.array(projection, np.float64)
        if A.shape != shape:
            raise InputError(f"projection: shape {A.shape} (allowed: {shape})")
    elif rows.shape[1] != method.n_bits:
        A = random.standard_normal(shape)
        A /= np.linalg.norm(A, axis=0)
    return TargetCodes(rows, A, f"{method.name}.classes: {method.classes}", random, zero_orders)
