"""Every code is compared with the query."""

from typing import Any

from mihash_bench.engines._faiss import FaissEngine, faiss, width
from mihash_bench.engines.base import Octets, Work


class FaissFlat(FaissEngine):
    """Exact search: the distance of every code is computed (faiss, ``IndexBinaryFlat``)."""

    name = "faiss-flat"
    title = "Flat"

    def __init__(self) -> None:
        """Take no parameters."""

    def build(self, codes: Octets, n_bits: int) -> Any:
        """Return an index that contains the codes as they are."""
        index = faiss(self.name).IndexBinaryFlat(width(n_bits))
        index.add(codes)
        return index

    def work(self, index: Any, queries: Octets, k: int) -> Work:
        """Return that every row is a candidate of every query."""
        return Work(len(queries) * index.ntotal)
