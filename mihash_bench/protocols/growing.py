"""The protocol of LEMON: the database arrives in chunks, and queries search what has arrived."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from mihash_bench.datasets.base import Dataset
from mihash_bench.errors import InputError
from mihash_bench.experiment.split import Split
from mihash_bench.parameters import Constraint, Integer
from mihash_bench.protocols.base import DataProtocol, Schedule
from mihash_bench.stream.plan import Round


class Growing(DataProtocol):
    """All rows but random queries arrive in random order, in chunks. Each chunk is learned and then enters the table.

    Of N rows, there are ``floor(N / chunk)`` chunks, and the last one takes the rest. After a chunk, all queries search
    the rows that have arrived (Wang, Luo, Xu, MM 2020). A shorter stream (``--examples``) ends the same way: later rows
    never arrive. Rows after the last table decision arrive without having been learned from.

    Parameters
    ----------
    queries : number of queries.
    chunk : number of rows that arrive together, a multiple of ``--update-interval``.
    """

    name: ClassVar[str] = "growing"
    title: ClassVar[str] = "the database arrives in chunks, and queries search what has arrived"
    citation: ClassVar[str] = "wang2020lemon"
    grows: ClassVar[bool] = True
    constraints: ClassVar[Mapping[str, Constraint]] = {"queries": Integer(1), "chunk": Integer(1)}

    def __init__(self, *, queries: int = 2000, chunk: int = 2000) -> None:
        self.queries = queries
        self.chunk = chunk

    def split(self, dataset: Dataset, random: np.random.Generator) -> Split:
        """Draw the queries from all rows."""
        rows = len(dataset.features)
        if self.queries > rows - 2:
            raise self.error(dataset, f"which has {rows} rows (allowed: growing.queries of at most {rows - 2})")
        order = random.permutation(rows)
        return Split(order[: self.queries], order[self.queries :])

    def longest(self, dataset: Dataset, split: Split, interval: int) -> int:
        """Return the number of rows that arrive, up to the last table decision."""
        if self.chunk % interval:
            raise InputError(
                f"--update-interval: {interval} (allowed under --protocol {self.name}: divisors of growing.chunk, "
                f"{self.chunk})"
            )
        return len(split.database) // interval * interval

    def schedule(self, split: Split, examples: int, interval: int, random: np.random.Generator) -> Schedule:
        """Return the chunks; a shorter stream begins in the same way as a longer one."""
        order, rows = random.permutation(len(split.database)), len(split.database)
        arriving = rows if examples == rows // interval * interval else examples
        stops = [*(self.chunk * number for number in range(1, arriving // self.chunk)), arriving]
        every = np.arange(len(split.queries))
        rounds = [
            Round(min(stop, examples), np.sort(order[start:stop]), every)
            for start, stop in zip([0, *stops], stops, strict=False)
        ]
        return Schedule(order[:examples], tuple(rounds))
