"""One hash table, whose buckets are the first bits of the codes."""

from typing import Any, ClassVar

from mihash_bench.engines._buckets import MOST_BITS, BucketEngine
from mihash_bench.engines._faiss import faiss, prefixes, width
from mihash_bench.engines.base import Octets, Whole
from mihash_bench.errors import InputError
from mihash_bench.parameters import Constraint, Integer


class FaissHash(BucketEngine):
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
    most_flips = 3
    constraints: ClassVar[dict[str, Constraint]] = {"b": Integer(1, MOST_BITS, none=True), "nflip": Integer(0)}

    def __init__(self, b: int | None = None, nflip: int = 0) -> None:
        self.b, self.nflip = b, nflip

    def check(self, n_rows: int, n_bits: int) -> None:
        """Raise InputError for more bits than the codes have, or more flips than bits."""
        super().check(n_rows, n_bits)
        if (b := self.bits(n_rows, n_bits)) > n_bits:
            raise InputError(f"{self.name}.b: {b} (allowed at {n_bits} bits: at most {n_bits})")
        self.check_flips(b)

    def build(self, codes: Octets, n_bits: int) -> Any:
        """Put each code in its bucket."""
        index = faiss(self.name).IndexBinaryHash(width(n_bits), self.bits(len(codes), n_bits))
        index.add(codes)
        return index

    def tables_of(self, index: Any) -> int:
        """Return 1."""
        return 1

    def bucket_sizes(self, index: Any, codes: Octets, n_bits: int) -> list[Whole]:
        """Return the numbers of codes with the same first bits."""
        return [prefixes(codes, 0, index.b)]
