"""A hash table of which an update recodes only some rows, so that its rows have codes of different ages."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Bits, Words, pack
from mihash_bench.encoders import CHUNK_ROWS
from mihash_bench.errors import InputError
from mihash_bench.experiment.coding import Coder
from mihash_bench.experiment.hash_table import LIFTED_BYTES
from mihash_bench.experiment.result import Columns
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.experiment.snapshot import Snapshot
from mihash_bench.policies.base import Positions, TablePolicy, TableState


class PolicyTable:
    """A hash table whose updates recode the rows that a policy chooses, at once.

    ``snapshot`` are the hash functions of the last update, which the next decision compares with the current ones.
    Queries are coded by them; under a policy that keeps learned codes, by the newest ones, see ``look``. ``seconds`` is
    the time of choosing and coding rows at updates. The first table does not count as an update, and neither does the
    first coding of rows that enter a growing table. ``view`` has the rows that are in the table and the queries that
    are asked; it is a part of ``retrieval`` if the table grows.
    """

    table_seconds = "measured at each update, without queries"

    def __init__(
        self, retrieval: Retrieval, snapshot: Snapshot, policy: TablePolicy, random: np.random.Generator
    ) -> None:
        self.snapshot, self.policy = snapshot, policy
        self.updates = self.bit_recomputations = 0
        self.seconds = 0.0
        self.recoded: list[int] = []
        self.view = self._retrieval = retrieval
        self._positions = np.arange(len(retrieval.database))
        self._newest = snapshot
        self._streamed = np.empty(0, np.int64)
        (words,) = Coder(retrieval.features, keep_bytes=LIFTED_BYTES).code([snapshot])
        self._words: Words = words
        self._is_measured = False
        self._coded_at = np.zeros(len(retrieval.database), np.int64)
        self._has_learned_code = np.zeros(len(retrieval.database), np.bool_)
        policy.start(len(retrieval.database), random)

    @property
    def is_coded(self) -> bool:
        """Whether no code has changed since the codes were last asked for."""
        return self._is_measured

    @property
    def query_snapshot(self) -> Snapshot:
        """The hash functions that code queries."""
        return self._newest if self.policy.keeps_learned_codes else self.snapshot

    def offer(self, positions: Positions, learned: tuple[Positions, Bits] | None) -> None:
        """See a block of the stream. learned: which of its rows have learned codes, and these codes."""
        self._streamed = np.concatenate([self._streamed, positions])
        self.policy.offer(positions)
        if self.policy.keeps_learned_codes and learned is not None:
            places, codes = learned
            self._place(positions[places], codes)
            self._has_learned_code[positions[places]] = True
            self.policy.learned(positions[places])

    def enter(self, view: Retrieval, present: Positions, new: Positions) -> None:
        """Let rows into the table, and ask the queries of ``view`` from now on.

        view: the rows that are then in the table. present, new: the database positions of these rows, ascending, and of
        those that were not there before. New rows have learned codes, or are coded by the hash functions of the table.
        """
        self.view, self._positions, self._is_measured = view, present, False
        coded = new[~self._has_learned_code[new]]
        self._place(coded, self._codes(self.snapshot, self._retrieval.database[coded]))

    def look(self, snapshot: Snapshot) -> None:
        """Take the newest hash functions, whether or not the table is updated."""
        snapshot.keep()
        self._newest = snapshot
        self._is_measured = self._is_measured and not self.policy.keeps_learned_codes

    def rebuild(self, snapshot: Snapshot) -> None:
        """Recode the rows that the policy chooses; this counts as one update.

        Raises InputError, naming the policy, if what it chooses are no positions of the table.
        """
        began = time.perf_counter()
        snapshot.keep()
        chosen = self._positions[self._checked(self.policy.recoded(self._state()))]
        self.snapshot = snapshot
        self.updates += 1
        self._place(chosen, self._codes(snapshot, self._retrieval.database[chosen]))
        self.recoded.append(len(chosen))
        self.bit_recomputations += len(chosen) * snapshot.n_bits
        self.seconds += time.perf_counter() - began

    def words(self) -> Words:
        """Return the packed codes of all rows in file order, shape (n, words).

        Raises InputError, naming the method, if the snapshot has changed or its codes have the wrong form.
        """
        self.query_snapshot.check_unchanged()
        if not self._is_measured:
            queries = self._retrieval.queries
            self._words[queries] = pack(self._codes(self.query_snapshot, queries))
            self._is_measured = True
        return self._words

    def final(self) -> Columns:
        """Return the age of the code of each row in database order: the number of updates since it was coded."""
        return {"code_age": self.updates - self._coded_at[self._positions]}

    def final_values(self) -> dict[str, float]:
        """Return the further values of the policy at the end of a run."""
        words, view = self.words(), self.view
        return self.policy.final_values(self._state(), words[view.queries], view.relevance.block)

    def _state(self) -> TableState:
        words, encoder, rows = self._words[self.view.database], self.snapshot.encoder, self.view.database_rows
        return TableState(words, encoder, rows, self._positions, self._streamed, self._retrieval.learned_rows)

    def _place(self, positions: Positions, codes: Bits) -> None:
        self._words[self._retrieval.database[positions]] = pack(codes)
        self._coded_at[positions] = self.updates
        self._is_measured = False

    def _codes(self, snapshot: Snapshot, rows: Positions) -> Bits:
        """Return the codes of these rows of the file, coded in chunks as the whole file is."""
        features: Any = self._retrieval.features
        starts = range(0, len(rows), CHUNK_ROWS)
        parts = [snapshot.encode(features[rows[start : start + CHUNK_ROWS]]) for start in starts]
        return np.concatenate([np.empty((0, snapshot.n_bits), np.bool_), *parts])

    def _checked(self, chosen: NDArray[Any]) -> Positions:
        rows, name = len(self._positions), f"policy {self.policy.name}: the rows that it recodes"
        if not isinstance(chosen, np.ndarray) or chosen.ndim != 1 or chosen.dtype.kind not in "iu":
            raise InputError(f"{name} are {type(chosen).__name__} (allowed: positions, a vector of whole numbers)")
        ascending = (np.diff(chosen) > 0).all()
        if len(chosen) and not (ascending and chosen[0] >= 0 and chosen[-1] < rows):
            raise InputError(f"{name} are no positions of the table (allowed: 0 to {rows - 1}, ascending, each once)")
        return chosen.astype(np.int64)
