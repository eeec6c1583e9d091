"""The contract of a search engine: an index of binary codes that answers queries by their nearest codes."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.parameters import Constraint, Parametrised, check

Octets = NDArray[np.uint8]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """The nearest codes that were found for q queries, the nearest first.

    positions: rows of the table, shape (q, k), -1 where fewer than k were found. distances: Hamming distances, shape
    (q, k), without meaning where there is no row.
    """

    positions: Whole
    distances: Whole


@dataclass(frozen=True)
class Work:
    """What an engine did for some queries, summed over them.

    candidates: rows whose distance was computed. lookups: buckets or lists that were looked up, 0 for an engine without
    any. empty: those of them that contain no row.
    """

    candidates: int
    lookups: int = 0
    empty: int = 0


class Engine(Parametrised, ABC):
    """Base class of engines.

    A subclass stores its keyword parameters unchanged in ``__init__`` and lists their constraints in ``constraints``.
    One of the parameters may be the effort, which trades recall for time when the index exists already. Codes are
    octets of shape (n, ceil(bits / 8)), bit j in bit j % 8 of octet j // 8, with unused bits 0.

    Attributes
    ----------
    name : the name on the command line.
    title : a short description.
    library : the software that does the work, as tables name it.
    effort : the name of the parameter that is the effort; empty if there is none.
    constraints : allowed values of each parameter. The section "Parameters" of the docstring says what they mean.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    library: ClassVar[str] = ""
    effort: ClassVar[str] = ""
    constraints: ClassVar[Mapping[str, Constraint]] = {}

    @abstractmethod
    def check_installed(self) -> None:
        """Raise InputError, naming ``--engine`` and what to install, if the software of the engine is missing."""

    @abstractmethod
    def version(self) -> str:
        """Return the version of the software."""

    def check(self, n_rows: int, n_bits: int) -> None:
        """Raise InputError if a parameter has a value that is not allowed, or not for a table of this size."""
        check(self.name, self.constraints, self.get_params())

    def efforts(self, n_rows: int, n_bits: int) -> Sequence[int]:
        """Return the usual values of the effort, rising, for a table of n_rows codes; none without an effort."""
        return ()

    @abstractmethod
    def build(self, codes: Octets, n_bits: int) -> Any:
        """Return an index of the codes."""

    @abstractmethod
    def search(self, index: Any, queries: Octets, k: int) -> Answers:
        """Return up to k nearest codes of each query, with the effort of this engine."""

    @abstractmethod
    def work(self, index: Any, queries: Octets, k: int) -> Work:
        """Return what ``search`` does for these queries."""

    @abstractmethod
    def n_bytes(self, index: Any) -> int:
        """Return the size of the index as a file, in bytes."""

    def bucket_sizes(self, index: Any, codes: Octets, n_bits: int) -> list[Whole]:
        """Return the numbers of rows in the nonempty buckets, an array for each hash table; none without buckets."""
        return []


def skew(sizes: Sequence[Whole]) -> float:
    """Return how unevenly rows are spread over buckets, the mean over hash tables; NaN without buckets.

    ``m sum_i (s_i / n)^2`` for m nonempty buckets with s_i of n rows: 1 for buckets of one size. A row shares its
    bucket with as many times more rows than it would if all buckets were of one size.
    """
    if not sizes:
        return float("nan")
    return float(np.mean([len(each) * np.sum((each / each.sum()) ** 2) for each in sizes]))
