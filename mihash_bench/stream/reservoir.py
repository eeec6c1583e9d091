"""A uniform sample of the stream, of fixed size, and its history over a block of steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[Any]
Swap = tuple[int, int]


@dataclass(frozen=True)
class ReservoirRows:
    """The members at one moment: features of shape (r, d), and labels of shape (r,) or (r, c) or None."""

    X: Rows
    y: Rows | None

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self.X)


@dataclass(frozen=True)
class ReservoirHistory:
    """The reservoir over one block of steps: its members before the block and the changes made by each step.

    ``swaps[t]`` lists pairs (slot, row) in order: after step t, row ``row`` of the block took slot ``slot``. If the
    slot is one beyond the last member, the reservoir grew.
    """

    before: ReservoirRows
    swaps: tuple[tuple[Swap, ...], ...]

    def views(self, X: Rows, y: Rows | None) -> Iterator[ReservoirRows]:
        """Yield the members before each step; X and y are the rows and labels of the block.

        The yielded arrays are read-only and are overwritten by the next step; copy them to keep them.
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
    """Slots for rows and labels, filled from the front."""

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
    """Reservoir sampling by random keys (Vitter, 1985): the members are the rows with the smallest keys.

    An offered row is appended while the reservoir is not full; afterwards it replaces the member with the largest key
    if its own key is smaller. The members depend only on the order of the stream and on the keys.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 0:
            raise ValueError(f"reservoir: capacity {capacity} (allowed: 0 or more)")
        self.capacity = capacity
        self.keys = np.empty(0)
        self._members: _Members | None = None

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self.keys)

    @property
    def rows(self) -> ReservoirRows:
        """A copy of the current members. Raises ValueError before the first offer."""
        now = self.view
        return ReservoirRows(now.X.copy(), None if now.y is None else now.y.copy())

    @property
    def view(self) -> ReservoirRows:
        """The current members without a copy: the arrays are read-only and are overwritten by the next offer."""
        if self._members is None:
            raise ValueError("reservoir: nothing has been offered yet")
        return self._members.rows()

    def offer(self, X: Rows, y: Rows | None, keys: NDArray[np.float64], *, per_step: int = 1) -> ReservoirHistory:
        """Offer the rows of a block in order and return the history of the reservoir over this block.

        X: shape (m, d). y: shape (m,) or (m, c), or None. keys: shape (m,), uniform in [0, 1). per_step: number of rows
        in one step of the history. Raises ValueError if the lengths do not match.
        """
        if len(keys) != len(X) or len(X) % per_step:
            raise ValueError(
                f"reservoir: {len(X)} rows, {len(keys)} keys and {per_step} rows per step do not fit together"
            )
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
        """Return the slot that a row with this key takes, or None, and update the keys."""
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
