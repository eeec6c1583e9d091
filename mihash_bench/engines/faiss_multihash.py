"""Several hash tables, each on bits of its own: multi-index hashing."""

from collections.abc import Sequence
from typing import Any, ClassVar

from mihash_bench.engines._faiss import FaissEngine, faiss, prefixes, width
from mihash_bench.engines.base import Octets, Whole, Work
from mihash_bench.engines.faiss_hash import MOST_BITS, bits_of_buckets, buckets_looked_up, check_flips
from mihash_bench.errors import InputError
from mihash_bench.parameters import Constraint, Integer

MOST_TABLES = 8
MOST_FLIPS = 2


class FaissMultiHash(FaissEngine):
    """Hash tables on nhash disjoint substrings of b bits (faiss, ``IndexBinaryMultiHash``).

    A query looks up the buckets that differ from its own in up to ``nflip`` bits, in every table. The codes that it
    finds are compared once, however many tables they were found in.

    Parameters
    ----------
    nhash : int or None, default=None
        Number of tables. None for as many as the codes have substrings of b bits, at most 8.
    b : int or None, default=None
        Number of bits of a substring. None for ``log2(n)`` rounded down, or all bits if these are fewer.
    nflip : int, default=0
        Largest number of bits in which a bucket may differ: the effort.
    """

    name = "faiss-multihash"
    title = "MultiHash"
    effort = "nflip"
    constraints: ClassVar[dict[str, Constraint]] = {
        "nhash": Integer(1, none=True),
        "b": Integer(1, MOST_BITS, none=True),
        "nflip": Integer(0),
    }

    def __init__(self, nhash: int | None = None, b: int | None = None, nflip: int = 0) -> None:
        self.nhash, self.b, self.nflip = nhash, b, nflip

    def bits(self, n_rows: int, n_bits: int) -> int:
        """Return the number of bits of a substring."""
        return bits_of_buckets(n_rows, n_bits) if self.b is None else self.b

    def tables(self, n_rows: int, n_bits: int) -> int:
        """Return the number of hash tables."""
        fitting = n_bits // self.bits(n_rows, n_bits)
        return max(1, min(fitting, MOST_TABLES)) if self.nhash is None else self.nhash

    def check(self, n_rows: int, n_bits: int) -> None:
        """Raise InputError if the substrings do not fit the codes, or for more flips than bits."""
        super().check(n_rows, n_bits)
        tables, b = self.tables(n_rows, n_bits), self.bits(n_rows, n_bits)
        if tables * b > n_bits:
            raise InputError(
                f"{self.name}.nhash: {tables} tables of {b} bits (allowed at {n_bits} bits: nhash * b of at most "
                f"{n_bits})"
            )
        check_flips(self.name, self.nflip, b)

    def efforts(self, n_rows: int, n_bits: int) -> Sequence[int]:
        """Return 0 to 2 flips."""
        return range(min(self.bits(n_rows, n_bits), MOST_FLIPS) + 1)

    def build(self, codes: Octets, n_bits: int) -> Any:
        """Put each code in a bucket of each table."""
        n = len(codes)
        index = faiss(self.name).IndexBinaryMultiHash(width(n_bits), self.tables(n, n_bits), self.bits(n, n_bits))
        index.add(codes)
        return index

    def search(self, index: Any, queries: Octets, k: int) -> Any:
        """Return up to k nearest codes in the buckets that are looked up."""
        index.nflip = self.nflip
        return super().search(index, queries, k)

    def work(self, index: Any, queries: Octets, k: int) -> Work:
        """Return what faiss counts. Buckets that are not empty are those that faiss calls lists."""
        counted = faiss(self.name).cvar.indexBinaryHash_stats
        counted.reset()
        self.search(index, queries, k)
        lookups = len(queries) * index.nhash * buckets_looked_up(index.b, self.nflip)
        return Work(int(counted.ndis), lookups, lookups - int(counted.nlist))

    def bucket_sizes(self, index: Any, codes: Octets, n_bits: int) -> list[Whole]:
        """Return the numbers of codes with the same substring, for each table."""
        return [prefixes(codes, table * index.b, index.b) for table in range(index.nhash)]
