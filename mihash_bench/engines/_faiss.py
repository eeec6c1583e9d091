"""What the engines of faiss have in common."""

from typing import Any, ClassVar

import numpy as np

from mihash_bench.engines.base import Answers, Engine, Octets, Whole
from mihash_bench.errors import InputError


class FaissEngine(Engine):
    """An engine of faiss, which is imported only when it is used."""

    library: ClassVar[str] = "faiss"

    def check_installed(self) -> None:
        """Raise InputError if faiss cannot be imported."""
        faiss(self.name)

    def version(self) -> str:
        """Return the version of faiss."""
        return str(faiss(self.name).__version__)

    def search(self, index: Any, queries: Octets, k: int) -> Answers:
        """Return up to k nearest codes of each query."""
        distances, positions = index.search(queries, k)
        return Answers(positions, distances)

    def n_bytes(self, index: Any) -> int:
        """Return the number of bytes that faiss writes for the index."""
        return int(faiss(self.name).serialize_index_binary(index).nbytes)


def faiss(engine: str) -> Any:
    """Return the module. Raises InputError, naming ``--engine`` and what to install, if it cannot be imported."""
    try:
        import faiss as module
    except ImportError:
        raise InputError(
            f"--engine: {engine} needs faiss, which is not installed (allowed: pip install 'mihash-bench[search]')"
        ) from None
    return module


def width(n_bits: int) -> int:
    """Return the code length of an index, which is a multiple of 8."""
    return 8 * -(-n_bits // 8)


def prefixes(codes: Octets, first: int, count: int) -> Whole:
    """Return the number of each distinct value that ``count`` bits from bit ``first`` on have, in any order."""
    bits = np.unpackbits(codes, axis=1, bitorder="little")[:, first : first + count]
    return np.unique(np.packbits(bits, axis=1), axis=0, return_counts=True)[1].astype(np.int64)
