"""A uniform sample of the stream of fixed size, by random keys, and its history over a block of steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[Any]
Swap = tuple[int, int]


@dataclass(frozen=True)
class ReservoirRows:
    """The members at one moment: features of shape (r, d) and labels of shape (r,) or (r, c), or None."""

    X: Rows
    y: Rows | None

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self.X)


@dataclass(frozen=True)
class ReservoirHistory:
    """The reservoir over one block of steps: its members before the block, and what each step swapped in.

    ``swaps[t]`` lists, in order, pairs (slot, row): after step t, row ``row`` of the block took that slot; a
    slot one beyond the last means that the reservoir grew.
    """

    before: ReservoirRows
    swaps: tuple[tuple[Swap, ...], ...]

    def views(self, X: Rows, y: Rows | None) -> Iterator[ReservoirRows]:
        """Yield the members as they were before each step; X and y are the rows of the block.

        The yielded arrays are read-only and change with the next step: copy what is to be kept.
        """
        slots = 1 + max((slot for swaps in self.swaps for slot, _ in swaps), default=-1)
        members = _Members(max(slots, len(self.before)), X, y)
        for row in range(len(self.before)):
            members.put(row, self.before.X, self.before.y, row)
        for swaps in self.swaps:
            yield members.rows()
            for slot, row in swaps:
                members.put(slot, X, y, row)


class _Members:
    """Places for rows and labels, filled from the front."""

    def __init__(self, slots: int, X: Rows, y: Rows | None) -> None:
        self.length = 0
        self.X = np.empty((slots, *X.shape[1:]), X.dtype)
        self.y = None if y is None else np.empty((slots, *y.shape[1:]), y.dtype)

    def put(self, slot: int, X: Rows, y: Rows | None, row: int) -> None:
        self.X[slot] = X[row]
        if self.y is not None and y is not None:
            self.y[slot] = y[row]
        self.length = max(self.length, slot + 1)

    def rows(self) -> ReservoirRows:
        X, y = self.X[: self.length], None if self.y is None else self.y[: self.length]
        for array in (X, y):
            if array is not None:
                array.flags.writeable = False
        return ReservoirRows(X, y)


class Reservoir:
    """Random-sort reservoir sampling (Vitter, 1985, by keys): the members are the rows with the smallest keys.

    While there is room an offered row is appended; when full it replaces the member with the largest key if its
    own key is smaller. Which rows are members depends on the order of the stream and on the keys alone.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 0:
            raise ValueError(f"reservoir: the capacity is {capacity}, allowed is 0 or more")
        self.capacity = capacity
        self.keys = np.empty(0)
        self._members: _Members | None = None

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self.keys)

    @property
    def rows(self) -> ReservoirRows:
        """Return a copy of the members as they are now. Raises ValueError before the first offer."""
        now = self.view
        return ReservoirRows(now.X.copy(), None if now.y is None else now.y.copy())

    @property
    def view(self) -> ReservoirRows:
        """Return the members as they are now without a copy: read-only, and changed by the next offer."""
        if self._members is None:
            raise ValueError("reservoir: nothing has been offered yet")
        return self._members.rows()

    def offer(self, X: Rows, y: Rows | None, keys: NDArray[np.float64], *, per_step: int = 1) -> ReservoirHistory:
        """Offer the rows of a block in order and return the block's history.

        X has shape (m, d), y (m,) or (m, c) or None; ``keys`` are m numbers, uniform in [0, 1); each ``per_step``
        rows make one step of the history. Raises ValueError when the lengths do not fit.
        """
        if len(keys) != len(X) or len(X) % per_step:
            raise ValueError(f"reservoir: {len(X)} rows, {len(keys)} keys, {per_step} rows a step do not fit")
        if self._members is None:
            self._members = _Members(self.capacity, X, y)
        before = self.rows
        swaps = []
        for start in range(0, len(X), per_step):
            step = range(start, start + per_step)
            slots = [(self._slot(keys[row]), row) for row in step]
            taken = tuple((slot, row) for slot, row in slots if slot is not None)
            for slot, row in taken:
                self._members.put(slot, X, y, row)
            swaps.append(taken)
        return ReservoirHistory(before, tuple(swaps))

    def _slot(self, key: float) -> int | None:
        """Return the slot that a row with this key takes, or None; the keys are updated."""
        if len(self.keys) < self.capacity:
            self.keys = np.append(self.keys, key)
            return len(self.keys) - 1
        if not self.capacity:
            return None
        worst = int(np.argmax(self.keys))
        if key >= self.keys[worst]:
            return None
        self.keys[worst] = key
        return worst
