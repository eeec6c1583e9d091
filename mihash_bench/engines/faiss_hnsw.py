"""A graph of near codes, in which a query walks to its neighbors."""

from collections.abc import Sequence
from typing import Any, ClassVar

from mihash_bench.engines._faiss import FaissEngine, faiss, width
from mihash_bench.engines.base import Octets, Work
from mihash_bench.parameters import Constraint, Integer


class FaissHNSW(FaissEngine):
    """Hierarchical navigable small worlds (faiss, ``IndexBinaryHNSW``).

    Parameters
    ----------
    M : int, default=16
        Number of links of a code, twice as many on the lowest level.
    efConstruction : int, default=40
        Number of candidates that are kept while a code is linked.
    efSearch : int, default=16
        Number of candidates that are kept while a query is answered: the effort. faiss keeps at least k.
    """

    name = "faiss-hnsw"
    title = "HNSW"
    effort = "efSearch"
    constraints: ClassVar[dict[str, Constraint]] = {
        "M": Integer(2, 256),
        "efConstruction": Integer(1),
        "efSearch": Integer(1),
    }

    def __init__(self, M: int = 16, efConstruction: int = 40, efSearch: int = 16) -> None:
        self.M, self.efConstruction, self.efSearch = M, efConstruction, efSearch

    def efforts(self, n_rows: int, n_bits: int) -> Sequence[int]:
        """Return the powers of two from 16 to 512."""
        return [1 << power for power in range(4, 10)]

    def build(self, codes: Octets, n_bits: int) -> Any:
        """Link the codes, one after the other."""
        index = faiss(self.name).IndexBinaryHNSW(width(n_bits), self.M)
        index.hnsw.efConstruction = self.efConstruction
        index.add(codes)
        return index

    def search(self, index: Any, queries: Octets, k: int) -> Any:
        """Return up to k nearest codes that the walk has met."""
        index.hnsw.efSearch = self.efSearch
        return super().search(index, queries, k)

    def work(self, index: Any, queries: Octets, k: int) -> Work:
        """Return the number of distances that faiss counts."""
        counted = faiss(self.name).cvar.hnsw_stats
        counted.reset()
        self.search(index, queries, k)
        return Work(int(counted.ndis))
