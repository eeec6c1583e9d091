"""The base class of all datasets, and the types that go with it."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from mihash_bench.datasets._cache import load_prepared
from mihash_bench.datasets._cache_place import cache_place, default_cache_dir
from mihash_bench.datasets._types import (
    NEAR_PERCENT,
    AuthorsShape,
    Dataset,
    KnownContent,
    Normalization,
    QueryProtocol,
    RawData,
    Rows,
    Shape,
    SourceFile,
    StandIn,
    content_of,
)
from mihash_bench.errors import InputError
from mihash_bench.parameters import Constraint, check, defaults
from mihash_bench.registry import DATASETS

__all__ = [
    "NEAR_PERCENT",
    "AuthorsShape",
    "Dataset",
    "DatasetSource",
    "KnownContent",
    "Normalization",
    "QueryProtocol",
    "RawData",
    "Rows",
    "Shape",
    "SourceFile",
    "StandIn",
    "cache_place",
    "default_cache_dir",
]

# Part of every digest. Raise it when the prepared form changes for all datasets.
PREPARED_FORMAT = 1


class DatasetSource(ABC):
    """Base class of all datasets.

    The constructor of a subclass takes keyword parameters with defaults and stores them unchanged under their names.

    Attributes
    ----------
    name : the name on the command line.
    title : the name in figures and tables.
    files : the files that the user provides.
    any_file : whether one of ``files`` is enough, because they are forms of the same data.
    version : raised when ``read`` returns something else for the same files, or when queries are drawn differently. It
        is the only part of the run key that says so.
    examples : default length of the stream.
    constraints : allowed values of each parameter.
    added_parameters : parameters that were added after results were published, each with the value that keeps the
        earlier behaviour. Digests do not change for a parameter that has this value.
    stand_in : the replacement in the paper's experiments if a file is missing.
    authors_shape : shape of the features in the authors' file, and range of its labels. A file of another shape has a
        title of its own in reports.
    content : what every file of the dataset holds. A file that holds something else is refused.
    normalization : whether rows are centred and scaled.
    near_percent : without labels, the percentage of pairs that are neighbors.
    citation : where the data and the features were published; see ``about.citations``.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    citation: ClassVar[str] = ""
    files: ClassVar[tuple[SourceFile, ...]] = ()
    any_file: ClassVar[bool] = False
    version: ClassVar[int] = 1
    examples: ClassVar[int]
    constraints: ClassVar[Mapping[str, Constraint]] = {}
    added_parameters: ClassVar[Mapping[str, Any]] = {}
    stand_in: ClassVar[StandIn | None] = None
    authors_shape: ClassVar[AuthorsShape | None] = None
    content: ClassVar[KnownContent | None] = None
    normalization: ClassVar[Normalization] = Normalization()
    near_percent: ClassVar[float] = NEAR_PERCENT

    @property
    @abstractmethod
    def queries(self) -> QueryProtocol:
        """How queries are drawn."""

    @abstractmethod
    def read(self, data_dir: Path) -> RawData:
        """Open the source files. Raises InputError, naming the file, if the content is invalid."""

    def get_params(self) -> dict[str, Any]:
        """Return the constructor's parameters as they were given."""
        return {name: getattr(self, name) for name in defaults(type(self))}

    def check_params(self) -> None:
        """Raise InputError if a parameter has a value that is not allowed."""
        check(self.name, self.constraints, self.get_params())

    def file(self, data_dir: Path, index: int = 0) -> Path:
        """Return the path of a source file. Raises InputError, naming where it is published, if it is missing."""
        wanted = self.files[index]
        path = data_dir / wanted.name
        if data_dir.exists() and not data_dir.is_dir():
            raise InputError(f"--data-dir: {data_dir} is not a folder (allowed: the folder that holds {wanted.name})")
        if not path.is_file():
            missing = f"{path} is missing" if data_dir.is_dir() else f"there is no folder {data_dir}"
            raise InputError(
                f"--data-dir: {missing}. Download {wanted.name} from {wanted.published} into the folder given by "
                f"--data-dir; it holds {wanted.holds}"
            )
        return path

    def paths(self, data_dir: Path) -> list[Path]:
        """Return the paths of all source files. Raises InputError, naming where it is published, if one is missing."""
        return [self.file(data_dir, index) for index in range(len(self.files))]

    @classmethod
    def is_present(cls, data_dir: Path) -> bool:
        """Return whether all source files are there, or none is needed."""
        return all((data_dir / file.name).is_file() for file in cls.files)

    @classmethod
    def origin(cls, data_dir: Path) -> str:
        """Return what is known about the origin of the source files, or "" if nothing is."""
        return ""

    def digest(self, file_digests: list[str]) -> str:
        """Return the SHA-256 that identifies the prepared content.

        It covers the format, the dataset's name, version and parameters, the SHA-256 of each source file, and the code
        of a plug-in.
        """
        added = self.added_parameters
        params = {name: value for name, value in self.get_params().items() if name not in added or value != added[name]}
        facts = [PREPARED_FORMAT, self.name, self.version, params, file_digests]
        if code := DATASETS.code_if_known(self.name):
            facts.append(code.digest)
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def load(self, data_dir: Path, cache_dir: Path, *, verify: bool = False) -> Dataset:
        """Return the prepared dataset, and prepare it first if it is not in the cache.

        With ``verify``, the cached content is checked against its SHA-256 and prepared again if it has changed.

        Raises InputError if a parameter is not allowed, if a source file is missing or invalid, or if the cache folder
        cannot be used.
        """
        self.check_params()
        dataset = load_prepared(self, data_dir, cache_dir, verify=verify)
        # Checked again because the content may have been prepared before there was this check.
        self.check_content(len(dataset.features), dataset.labels, data_dir)
        return replace(dataset, data_dir=data_dir)

    def check_content(self, n: int, labels: Rows | None, data_dir: Path) -> None:
        """Raise InputError, naming the file, if n rows with these labels cannot be the dataset at all."""
        if self.content is None or self.content.allows(n, labels):
            return
        raise InputError(
            f"--data-dir: {self.paths(data_dir)[0]}: {content_of(n, labels)}, which cannot be {self.title} (allowed: "
            f"{self.content})"
        )

    @classmethod
    def title_of(cls, shape: Shape) -> str:
        """Return the title of a file: that of the dataset, or one of its own if it is not of the authors' shape."""
        authors = cls.authors_shape
        if authors is None:
            return cls.title
        labels = (shape.first_label, shape.last_label)
        others = "" if labels == (authors.labels or (-1, -1)) else _labels_title(labels)
        if shape.columns == authors.columns and shape.rows == (authors.rows or shape.rows) and not others:
            return cls.title
        return f"{cls.title} file, {shape.rows:,} x {shape.columns:,}{others}"

    @classmethod
    def difference_from_authors(cls, dataset: Dataset) -> str:
        """Describe how the shape of the loaded features differs from that of the authors' file.

        Returns an empty string if it does not differ. Only the shape is checked, not the origin of the file.
        """
        if cls.authors_shape is None:
            return ""
        rows, columns = dataset.shape.rows, dataset.shape.columns
        pairs = ((columns, cls.authors_shape.columns, "columns"), (rows, cls.authors_shape.rows, "rows"))
        differences = [
            f"{ours} {what}, the authors' {theirs}"
            for ours, theirs, what in pairs
            if theirs is not None and ours != theirs
        ]
        return f"the file's features have {', and '.join(differences)}" if differences else ""


def _labels_title(labels: tuple[int, int]) -> str:
    return ", several labels per row" if labels == (-1, -1) else f", labels {labels[0]} to {labels[1]}"
