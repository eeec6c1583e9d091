"""The hash table: which functions it was made with, how often it was rebuilt, and what that costs."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words, pack
from mihash_bench.encoders import Encoder, Lifting
from mihash_bench.experiment.retrieval import Retrieval

CHUNK_ROWS = 8192
# The kernel features of a table are kept if all of them take no more than this.
LIFTED_BYTES = 1 << 28


@dataclass(frozen=True)
class TableCodes:
    """Packed codes of database (in database order) and queries, both by the table's snapshot."""

    database: Words
    queries: Words


class HashTable:
    """Coded only when it is looked at: the codes follow from the snapshot, so a rebuild just notes the snapshot.

    ``seconds`` therefore adds, at each look, the measured time of coding the table (queries included, they are read in
    the same pass) times the updates since the look before. It never falls. Kernel features of the rows, which stay the
    same all through a run, are made once where they fit into LIFTED_BYTES.
    """

    def __init__(self, retrieval: Retrieval, snapshot: Encoder) -> None:
        self.snapshot = snapshot
        self.updates = 0
        self._retrieval = retrieval
        self._codes: TableCodes | None = None
        self._updates_counted = 0
        self._lifted: dict[int, NDArray[np.float64]] = {}
        self.seconds = 0.0

    def rebuild(self, snapshot: Encoder) -> None:
        """Make the table anew with these functions; it counts as one update."""
        self.snapshot = snapshot
        self.updates += 1
        self._codes = None

    @property
    def is_coded(self) -> bool:
        """Whether the codes at hand are those of the snapshot."""
        return self._codes is not None

    @property
    def bit_recomputations(self) -> int:
        """Updates times database rows times bits; the first table is not counted."""
        return self.updates * len(self._retrieval.database) * self.snapshot.n_bits

    def codes(self) -> TableCodes:
        """Return the codes, made now if need be; features are read once, in file order."""
        if self._codes is None:
            began = time.perf_counter()
            words = self._encode_all()
            self._codes = TableCodes(words[self._retrieval.database], words[self._retrieval.queries])
            self.seconds += (time.perf_counter() - began) * (self.updates - self._updates_counted)
            self._updates_counted = self.updates
        return self._codes

    def _encode_all(self) -> Words:
        return np.concatenate([pack(self._encode(at)) for at in range(0, len(self._retrieval.features), CHUNK_ROWS)])

    def _encode(self, start: int) -> NDArray[np.bool_]:
        """Return the codes of a chunk of rows; what a kernel makes of them is kept while it is small enough."""
        rows = self._retrieval.features[start : start + CHUNK_ROWS]
        if not isinstance(self.snapshot, Lifting):
            return self.snapshot.encode(rows)
        lifted = self._lifted.get(start)
        if lifted is None:
            lifted = self.snapshot.lift(rows)
            if lifted.nbytes * len(self._retrieval.features) / len(rows) <= LIFTED_BYTES:
                self._lifted[start] = lifted
        return self.snapshot.encode_lifted(lifted)
