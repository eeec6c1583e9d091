"""Several hash tables, each on bits of its own: multi-index hashing."""

from typing import Any, ClassVar

from mihash_bench.engines._buckets import MOST_BITS, BucketEngine
from mihash_bench.engines._faiss import faiss, prefixes, width
from mihash_bench.engines.base import Octets, Whole
from mihash_bench.errors import InputError
from mihash_bench.parameters import Constraint, Integer

MOST_TABLES = 8


class FaissMultiHash(BucketEngine):
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
    most_flips = 2
    constraints: ClassVar[dict[str, Constraint]] = {
        "nhash": Integer(1, none=True),
        "b": Integer(1, MOST_BITS, none=True),
        "nflip": Integer(0),
    }

    def __init__(self, nhash: int | None = None, b: int | None = None, nflip: int = 0) -> None:
        self.nhash, self.b, self.nflip = nhash, b, nflip

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
        self.check_flips(b)

    def build(self, codes: Octets, n_bits: int) -> Any:
        """Put each code in a bucket of each table."""
        n = len(codes)
        index = faiss(self.name).IndexBinaryMultiHash(width(n_bits), self.tables(n, n_bits), self.bits(n, n_bits))
        index.add(codes)
        return index

    def tables_of(self, index: Any) -> int:
        """Return the number of hash tables of an index."""
        return int(index.nhash)

    def bucket_sizes(self, index: Any, codes: Octets, n_bits: int) -> list[Whole]:
        """Return the numbers of codes with the same substring, for each table."""
        return [prefixes(codes, table * index.b, index.b) for table in range(index.nhash)]
