"""One hash table, whose buckets are the first bits of the codes."""

from collections.abc import Sequence
from math import comb
from typing import Any, ClassVar

from mihash_bench.engines._faiss import FaissEngine, faiss, prefixes, width
from mihash_bench.engines.base import Octets, Whole, Work
from mihash_bench.errors import InputError
from mihash_bench.parameters import Constraint, Integer

# More bits do not fit the number of a bucket.
MOST_BITS = 64
MOST_FLIPS = 3


class FaissHash(FaissEngine):
    """A hash table on the first b bits (faiss, ``IndexBinaryHash``).

    A query looks into its own bucket and into those whose numbers differ in up to ``nflip`` bits, and compares the
    codes that it finds there. The other bits of a code take no part in choosing buckets.

    Parameters
    ----------
    b : int or None, default=None
        Number of bits. None for ``log2(n)`` rounded down, or all bits if these are fewer.
    nflip : int, default=0
        Largest number of bits in which a bucket may differ: the effort.
    """

    name = "faiss-hash"
    title = "Hash"
    effort = "nflip"
    constraints: ClassVar[dict[str, Constraint]] = {"b": Integer(1, MOST_BITS, none=True), "nflip": Integer(0)}

    def __init__(self, b: int | None = None, nflip: int = 0) -> None:
        self.b, self.nflip = b, nflip

    def bits(self, n_rows: int, n_bits: int) -> int:
        """Return the number of bits of a bucket's number."""
        return bits_of_buckets(n_rows, n_bits) if self.b is None else self.b

    def check(self, n_rows: int, n_bits: int) -> None:
        """Raise InputError for more bits than the codes have, or more flips than bits."""
        super().check(n_rows, n_bits)
        if (b := self.bits(n_rows, n_bits)) > n_bits:
            raise InputError(f"{self.name}.b: {b} (allowed at {n_bits} bits: at most {n_bits})")
        check_flips(self.name, self.nflip, b)

    def efforts(self, n_rows: int, n_bits: int) -> Sequence[int]:
        """Return 0 to 3 flips."""
        return range(min(self.bits(n_rows, n_bits), MOST_FLIPS) + 1)

    def build(self, codes: Octets, n_bits: int) -> Any:
        """Put each code in its bucket."""
        index = faiss(self.name).IndexBinaryHash(width(n_bits), self.bits(len(codes), n_bits))
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
        lookups = len(queries) * buckets_looked_up(index.b, self.nflip)
        return Work(int(counted.ndis), lookups, lookups - int(counted.nlist))

    def bucket_sizes(self, index: Any, codes: Octets, n_bits: int) -> list[Whole]:
        """Return the numbers of codes with the same first bits."""
        return [prefixes(codes, 0, index.b)]


def bits_of_buckets(n_rows: int, n_bits: int) -> int:
    """Return so many bits that there is about one bucket for each row, at most those of the codes."""
    return max(1, min(n_rows.bit_length() - 1, n_bits, MOST_BITS))


def buckets_looked_up(b: int, nflip: int) -> int:
    """Return the number of buckets that differ in up to ``nflip`` of b bits, ``sum_i C(b, i)``."""
    return sum(comb(b, flips) for flips in range(nflip + 1))


def check_flips(engine: str, nflip: int, b: int) -> None:
    """Raise InputError for more flips than bits."""
    if nflip > b:
        raise InputError(f"{engine}.nflip: {nflip} (allowed with buckets of {b} bits: at most {b})")
