"""The hash table: the hash functions that it was built with, the number of rebuilds, and their cost."""

import time

from mihash_bench.codes import Words
from mihash_bench.experiment.coding import Coder
from mihash_bench.experiment.result import Columns
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.experiment.snapshot import Snapshot

# The kernel features of all rows are kept if they take no more than this.
LIFTED_BYTES = 1 << 28


class HashTable:
    """A hash table whose codes are computed only when they are needed.

    The codes follow from the snapshot, so a rebuild only stores the snapshot. Whenever the codes are computed,
    ``seconds`` grows by the measured time of coding all rows (including the queries) times the number of updates since
    the previous computation. It never decreases.
    """

    table_seconds = ""

    def __init__(self, retrieval: Retrieval, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.updates = 0
        self.seconds = 0.0
        self._database_rows = len(retrieval.database)
        self._coder = Coder(retrieval.features, keep_bytes=LIFTED_BYTES)
        self._words: Words | None = None
        self._updates_counted = 0

    def rebuild(self, snapshot: Snapshot) -> None:
        """Rebuild the table with these hash functions; this counts as one update."""
        snapshot.keep()
        self.snapshot = snapshot
        self.updates += 1
        self._words = None

    @property
    def query_snapshot(self) -> Snapshot:
        """The hash functions that code queries: those of the table."""
        return self.snapshot

    def final(self) -> Columns:
        """Return nothing; all codes are of the last update."""
        return {}

    def final_values(self) -> dict[str, float]:
        """Return nothing."""
        return {}

    @property
    def is_coded(self) -> bool:
        """Whether the codes of the snapshot have been computed."""
        return self._words is not None

    @property
    def bit_recomputations(self) -> int:
        """The number of updates times database rows times bits. The first table does not count."""
        return self.updates * self._database_rows * self.snapshot.n_bits

    def words(self) -> Words:
        """Return the packed codes of all rows in file order, shape (n, words), computing them if necessary.

        Raises InputError, naming the method, if the snapshot has changed or its codes have the wrong form.
        """
        self.snapshot.check_unchanged()
        if self._words is None:
            began = time.perf_counter()
            (self._words,) = self._coder.code([self.snapshot])
            self.seconds += (time.perf_counter() - began) * (self.updates - self._updates_counted)
            self._updates_counted = self.updates
        return self._words
