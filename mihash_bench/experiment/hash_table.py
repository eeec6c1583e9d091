"""The hash table: the hash functions that it was built with, the number of rebuilds, and their cost."""

import time
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words
from mihash_bench.experiment.coding import Coder
from mihash_bench.experiment.result import Columns
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.experiment.snapshot import Snapshot
from mihash_bench.experiment.stacking import is_faster_stacked

Positions = NDArray[np.int64]

# The kernel features of all rows are kept if they take no more than this.
LIFTED_BYTES = 1 << 28


class HashTable:
    """A hash table whose codes are computed only when they are needed.

    The codes follow from the snapshot, so a rebuild only stores the snapshot. Whenever the codes are computed,
    ``seconds`` grows by the measured time of coding all rows (including the queries) times the number of updates since
    the previous computation. It never decreases. An update counts by the share of the coded rows that are in the table
    or are queries then. Several snapshots can be coded together, which takes less time. The last of them is then coded
    alone, when the features have been read, and its time counts for each, because an update of a table cannot wait for
    later ones. ``view`` has the rows
    that are in the table and the queries that are asked; it is a part of ``retrieval`` if the table grows.
    """

    table_seconds = ""

    def __init__(self, retrieval: Retrieval, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.updates = 0
        self.bit_recomputations = 0
        self.seconds = 0.0
        self.view = self._whole = retrieval
        self._coder = Coder(retrieval.features, keep_bytes=LIFTED_BYTES)
        self._is_single = retrieval.features[:1].dtype == np.float32
        self._words: Words | None = None
        self._is_measured = False
        self._not_counted = 0.0
        # Snapshots to be coded, and the updates that count with each.
        self._postponed: list[tuple[Snapshot, float]] = []

    def enter(self, view: Retrieval, present: Positions, new: Positions) -> None:
        """Let rows into the table, and ask the queries of ``view`` from now on; see ``PolicyTable.enter``."""
        self.view, self._is_measured = view, False

    def rebuild(self, snapshot: Snapshot) -> None:
        """Rebuild the table with these hash functions; this counts as one update, which recodes all of its rows."""
        snapshot.keep()
        self.snapshot = snapshot
        self.updates += 1
        self.bit_recomputations += len(self.view.database) * snapshot.n_bits
        coded = len(self.view.database) + len(self.view.queries)
        self._not_counted += coded / len(self._whole.features)
        self._words, self._is_measured = None, False

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
        """Whether neither codes nor rows have changed since the codes were last asked for."""
        return self._is_measured

    def words(self) -> Words:
        """Return the packed codes of all rows in file order, shape (n, words), computing them if necessary.

        Raises InputError, naming the method, if the snapshot has changed or its codes have the wrong form.
        """
        self.snapshot.check_unchanged()
        if self._words is None:
            self._words, seconds = self._code_one(self.snapshot)
            self.seconds += seconds * self._not_counted
            self._not_counted = 0.0
        self._is_measured = True
        return self._words

    @property
    def postponed(self) -> int:
        """The number of snapshots that were postponed and are not coded yet."""
        return len(self._postponed)

    @property
    def code_bytes(self) -> int:
        """The size of the packed codes of all rows."""
        return len(self._whole.features) * -(-self.snapshot.n_bits // 64) * 8

    def postpone(self) -> None:
        """Note that the codes of the present snapshot are needed, but not before ``code_postponed``."""
        self._postponed.append((self.snapshot, self._not_counted))
        self._not_counted = 0.0
        self._is_measured = True

    def code_postponed(self) -> Iterator[Words]:
        """Return the packed codes of all rows for each postponed snapshot; ``seconds`` grows with each.

        Raises InputError, naming the method, if a snapshot has changed or its codes have the wrong form.
        """
        postponed, self._postponed = self._postponed, []
        for snapshot, _ in postponed:
            snapshot.check_unchanged()
        coded = self._code_each([snapshot for snapshot, _ in postponed])
        for (snapshot, updates), (words, seconds) in zip(postponed, coded, strict=True):
            self.seconds += seconds * updates
            if snapshot is self.snapshot:
                self._words = words
            yield words

    def _code_each(self, snapshots: Sequence[Snapshot]) -> Iterator[tuple[Words, float]]:
        """Return the codes of each snapshot and the seconds that it takes alone."""
        # Signs of single-precision rows do not depend on what they are computed with (see ``signs``).
        if len(snapshots) > 1 and self._is_single and is_faster_stacked([each.encoder for each in snapshots]):
            earlier = self._coder.code(snapshots[:-1])
            last, seconds = self._code_one(snapshots[-1])
            yield from ((words, seconds) for words in (*earlier, last))
        else:
            yield from map(self._code_one, snapshots)

    def _code_one(self, snapshot: Snapshot) -> tuple[Words, float]:
        began = time.perf_counter()
        (words,) = self._coder.code([snapshot])
        return words, time.perf_counter() - began
