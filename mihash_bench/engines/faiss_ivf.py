"""Lists of codes around centroids, of which a query looks at the nearest."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from mihash_bench.engines._faiss import FaissEngine, faiss, width
from mihash_bench.engines.base import Octets, Whole, Work
from mihash_bench.errors import InputError
from mihash_bench.parameters import Constraint, Integer

# faiss advises at least this many training points for each centroid.
POINTS_A_CENTROID = 39
LISTS_A_ROOT = 4
MOST_LISTS_PROBED = 64


class FaissIVF(FaissEngine):
    """Inverted lists: each code is in the list of its nearest centroid (faiss, ``IndexBinaryIVF``).

    The centroids are those of k-means on the codes of the table, drawn with the seed of faiss, so that building the
    index includes learning them.

    Parameters
    ----------
    nlist : int or None, default=None
        Number of lists. None for ``4 sqrt(n)``, but at most one for 39 codes.
    nprobe : int, default=1
        Number of lists that a query looks at: the effort.
    """

    name = "faiss-ivf"
    title = "IVF"
    effort = "nprobe"
    constraints: ClassVar[dict[str, Constraint]] = {"nlist": Integer(1, none=True), "nprobe": Integer(1)}

    def __init__(self, nlist: int | None = None, nprobe: int = 1) -> None:
        self.nlist, self.nprobe = nlist, nprobe

    def lists(self, n_rows: int) -> int:
        """Return the number of lists for n_rows codes."""
        usual = min(round(LISTS_A_ROOT * n_rows**0.5), n_rows // POINTS_A_CENTROID)
        return max(1, usual) if self.nlist is None else self.nlist

    def check(self, n_rows: int, n_bits: int) -> None:
        """Raise InputError for more lists than codes, or more lists to look at than there are."""
        super().check(n_rows, n_bits)
        if self.lists(n_rows) > n_rows:
            raise InputError(f"{self.name}.nlist: {self.nlist} (allowed with {n_rows} rows: at most {n_rows})")
        if self.nprobe > (most := self.lists(n_rows)):
            raise InputError(f"{self.name}.nprobe: {self.nprobe} (allowed with {most} lists: at most {most})")

    def efforts(self, n_rows: int, n_bits: int) -> Sequence[int]:
        """Return the powers of two up to the number of lists, at most 64."""
        most = min(self.lists(n_rows), MOST_LISTS_PROBED)
        return [1 << power for power in range(most.bit_length())]

    def build(self, codes: Octets, n_bits: int) -> Any:
        """Learn the centroids and put each code in its list."""
        module, d = faiss(self.name), width(n_bits)
        quantizer = module.IndexBinaryFlat(d)
        index = module.IndexBinaryIVF(quantizer, d, self.lists(len(codes)))
        # A small table is no reason for a warning on standard output.
        index.cp.min_points_per_centroid = 1
        index.train(codes)
        index.add(codes)
        return index

    def search(self, index: Any, queries: Octets, k: int) -> Any:
        """Return up to k nearest codes in the ``nprobe`` lists with the nearest centroids."""
        index.nprobe = self.nprobe
        return super().search(index, queries, k)

    def work(self, index: Any, queries: Octets, k: int) -> Work:
        """Return the sizes of the lists that are looked at. Comparisons with centroids do not count."""
        sizes = _sizes(index)
        _, lists = faiss(self.name).downcast_IndexBinary(index.quantizer).search(queries, self.nprobe)
        return Work(int(sizes[lists].sum()), lists.size, int((sizes[lists] == 0).sum()))

    def bucket_sizes(self, index: Any, codes: Octets, n_bits: int) -> list[Whole]:
        """Return the sizes of the lists that are not empty."""
        sizes = _sizes(index)
        return [sizes[sizes > 0]]


def _sizes(index: Any) -> Whole:
    return np.array([index.invlists.list_size(each) for each in range(index.nlist)], np.int64)
