"""What is kept of a run beside its file: hash functions at its checkpoints, and its state while it learns."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.store.companions import TrainingFile
from mihash_bench.store.record import Columns, Kept

# Kept beside a run without being asked for.
USUAL_BYTES = 1_000_000


class Keeper:
    """Collects the arrays of the hash functions at each checkpoint.

    limit: the number of bytes that the arrays may take together, without those of the last hash functions, which the
    run file has anyway; None for no limit. If they take more, nothing is kept. training: where a run may save its
    state, so that it can go on after an interruption; None for a run without a file.
    """

    def __init__(self, limit: int | None = USUAL_BYTES, training: TrainingFile | None = None) -> None:
        self._limit, self.training = limit, training
        self._arrays: list[Columns] = []
        self._which: list[int] = []
        self._too_many = False

    def add(self, arrays: Mapping[str, NDArray[Any]], *, new: bool) -> None:
        """Note the hash functions of the next checkpoint. new: whether they differ from those of the previous one."""
        if new or not self._arrays:
            self._arrays.append({name: np.array(array) for name, array in arrays.items()})
            self._check_size()
        self._which.append(len(self._arrays) - 1)

    def kept(self) -> Kept | None:
        """Return what is kept, or None. The last hash functions must be those of the end of the run."""
        return None if self._too_many else Kept(self._arrays[:-1], np.array(self._which, np.int64))

    def _check_size(self) -> None:
        earlier = (array.nbytes for arrays in self._arrays[:-1] for array in arrays.values())
        if self._limit is not None and sum(earlier) > self._limit:
            # Only the latest ones stay in memory.
            self._too_many = True
            del self._arrays[:-1]
