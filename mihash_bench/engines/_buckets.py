"""Engines whose hash tables have buckets, numbered by some bits of the codes."""

from abc import abstractmethod
from collections.abc import Sequence
from math import comb
from typing import Any, ClassVar

from mihash_bench.engines._faiss import FaissEngine, faiss
from mihash_bench.engines.base import Octets, Work
from mihash_bench.errors import InputError

# More bits do not fit the number of a bucket.
MOST_BITS = 64


class BucketEngine(FaissEngine):
    """Looks up the buckets whose numbers differ from a query's own in up to ``nflip`` of b bits.

    most_flips: the largest of the usual efforts.
    """

    effort = "nflip"
    most_flips: ClassVar[int]
    b: int | None
    nflip: int

    def bits(self, n_rows: int, n_bits: int) -> int:
        """Return the number of bits of a bucket's number.

        By default, there is about one bucket for each row, and no more bits than the codes have.
        """
        return max(1, min(n_rows.bit_length() - 1, n_bits, MOST_BITS)) if self.b is None else self.b

    def efforts(self, n_rows: int, n_bits: int) -> Sequence[int]:
        """Return 0 to ``most_flips`` flips."""
        return range(min(self.bits(n_rows, n_bits), self.most_flips) + 1)

    def check_flips(self, b: int) -> None:
        """Raise InputError for more flips than bits."""
        if self.nflip > b:
            raise InputError(f"{self.name}.nflip: {self.nflip} (allowed with buckets of {b} bits: at most {b})")

    def search(self, index: Any, queries: Octets, k: int) -> Any:
        """Return up to k nearest codes in the buckets that are looked up."""
        index.nflip = self.nflip
        return super().search(index, queries, k)

    def work(self, index: Any, queries: Octets, k: int) -> Work:
        """Return what faiss counts. Buckets that are not empty are those that faiss calls lists."""
        counted = faiss(self.name).cvar.indexBinaryHash_stats
        counted.reset()
        self.search(index, queries, k)
        buckets = sum(comb(index.b, flips) for flips in range(self.nflip + 1))
        lookups = len(queries) * self.tables_of(index) * buckets
        return Work(int(counted.ndis), lookups, lookups - int(counted.nlist))

    @abstractmethod
    def tables_of(self, index: Any) -> int:
        """Return the number of hash tables of an index."""
