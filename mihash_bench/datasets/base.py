"""What a dataset is: its files, its protocol, its raw rows, and the prepared form that runs map into memory."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.parameters import Constraint, check, defaults

Rows = NDArray[Any]

# Part of every digest: raised when the prepared form changes for all datasets.
PREPARED_FORMAT = 1


@dataclass(frozen=True)
class QueryProtocol:
    """How queries are drawn: so many of each class, so many in total, or (neither) those that the file marks."""

    per_class: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class SourceFile:
    """A file that the user provides: its name, what it holds, and where it is published."""

    name: str
    holds: str
    published: str


@dataclass(frozen=True)
class RawData:
    """Rows as the source has them.

    ``chunks()`` starts over at each call and yields the (n, d) features in file order, some rows at a time. labels:
    (n,), (n, c) of 0 and 1, or None. query: (n,) booleans that mark fixed queries, or None. ``describe(row)`` is what
    an error calls a row, for sources that hold their rows in several variables.
    """

    n: int
    d: int
    chunks: Callable[[], Iterator[Rows]]
    labels: Rows | None
    query: NDArray[np.bool_] | None = None
    describe: Callable[[int], str] = "row {}".format


@dataclass(frozen=True)
class Dataset:
    """The prepared form. features: float32 (n, d) in file order, mapped into memory, centred on the mean of all rows
    and scaled to unit L2 norm (a zero row stays zero). mean: (d,) float64 and norms: (n,) float32, what that took away:
    the source's rows are ``features * norms + mean``. labels: int64 (n,), uint8 (n, c) of 0 and 1, or None."""

    name: str
    features: Rows
    mean: Rows
    norms: Rows
    labels: Rows | None
    query: NDArray[np.bool_] | None
    queries: QueryProtocol
    digest: str


class DatasetSource(ABC):
    """Base class of all datasets.

    A subclass stores its keyword parameters untouched, lists what they may be in ``constraints``, names its
    ``files``, and implements ``read``. ``examples`` is the default length of the stream; ``version`` is raised when
    what is read changes.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    files: ClassVar[tuple[SourceFile, ...]] = ()
    version: ClassVar[int] = 1
    examples: ClassVar[int]
    constraints: ClassVar[Mapping[str, Constraint]] = {}

    @property
    @abstractmethod
    def queries(self) -> QueryProtocol:
        """How queries are drawn."""

    @abstractmethod
    def read(self, data_dir: Path) -> RawData:
        """Open the source. Raises InputError, naming the file, for content that cannot be used."""

    def get_params(self) -> dict[str, Any]:
        """Return the constructor's parameters as they were given."""
        return {name: getattr(self, name) for name in defaults(type(self))}

    def check_params(self) -> None:
        """Raise InputError for a parameter that is not allowed."""
        check(self.name, self.constraints, self.get_params())

    def file(self, data_dir: Path, index: int = 0) -> Path:
        """Return the path of a source file. Raises InputError, saying where to get it, when it is not there."""
        wanted = self.files[index]
        path = data_dir / wanted.name
        if not path.is_file():
            raise InputError(
                f"--data-dir: {path} is missing: it holds {wanted.holds}, is published at {wanted.published}, and "
                f"belongs into the folder that --data-dir names"
            )
        return path

    def digest(self, file_digests: list[str]) -> str:
        """Return the SHA-256 that stands for the prepared content: parameters, versions and source files."""
        facts = [PREPARED_FORMAT, self.name, self.version, self.get_params(), file_digests]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def load(self, data_dir: Path, cache_dir: Path, *, verify: bool = False) -> Dataset:
        """Return the prepared form, made now if the cache does not have it yet or, with ``verify``, if its content has
        changed since."""
        from mihash_bench.datasets.cache import load_prepared

        self.check_params()
        return load_prepared(self, data_dir, cache_dir, verify=verify)
