"""The plain types of the datasets room, which hold data and do nothing."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[Any]


@dataclass(frozen=True)
class QueryProtocol:
    """How many queries are drawn at random: ``per_class`` from each class, or ``total`` from all rows.

    If both are None, the queries are the rows that the file marks as such.
    """

    per_class: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class Normalization:
    """How rows are prepared: whether they are centred on the mean of all rows, and then scaled to unit L2 norm."""

    center: bool = True
    unit: bool = True


# The percentage of nearest pairs that are neighbors where there are no labels.
NEAR_PERCENT = 5.0


@dataclass(frozen=True)
class SourceFile:
    """A file that the user provides: its name, the variables it holds, and where it is published."""

    name: str
    holds: str
    published: str


@dataclass(frozen=True)
class StandIn:
    """The replacement in the paper's experiments for a dataset whose file is missing.

    Parameters
    ----------
    dataset : name of the dataset used instead.
    description : a description of the replacement, as it appears after "STAND-IN for ...:" in figures and tables.
    set : parameters of that dataset, as texts of the option ``--set`` (``sample.labels=off``).
    examples : length of the stream; None for that of the sweep.
    """

    dataset: str
    description: str
    set: tuple[str, ...] = ()
    examples: int | None = None


@dataclass(frozen=True)
class AuthorsShape:
    """Number of features and of rows in the authors' file; ``rows`` is None if the exact number is unknown.

    labels: the smallest and the largest label, or None if rows have no labels.
    """

    columns: int
    rows: int | None = None
    labels: tuple[int, int] | None = None


@dataclass(frozen=True)
class KnownContent:
    """What every file of a known dataset holds, whatever its features are. None: not known, or not the same in all.

    rows: the number of rows. classes: the number of classes. per_class: the number of rows of each class.
    """

    rows: int | None = None
    classes: int | None = None
    per_class: int | None = None

    def allows(self, n: int, labels: Rows | None) -> bool:
        """Return whether n rows with these labels, of shape (n,) or (n, classes), can be the dataset."""
        if self.rows is not None and n != self.rows:
            return False
        if self.classes is None:
            return True
        counts = np.zeros(0) if labels is None else labels.sum(axis=0) if labels.ndim == 2 else _counts(labels)
        return len(counts) == self.classes and (self.per_class is None or bool((counts == self.per_class).all()))

    def __str__(self) -> str:
        """Return the allowed content, such as ``60,000 rows, 10 classes of 6,000 rows``."""
        rows = [f"{self.rows:,} rows"] if self.rows is not None else []
        of = "" if self.per_class is None else f" of {self.per_class:,} rows"
        return ", ".join([*rows, *([f"{self.classes} classes{of}"] if self.classes is not None else [])])


def _counts(labels: Rows) -> NDArray[np.int64]:
    return np.unique(labels, return_counts=True)[1]


def content_of(n: int, labels: Rows | None) -> str:
    """Return what a file holds, in the words of ``KnownContent``."""
    if labels is None:
        return f"{n:,} rows without labels"
    counts = _counts(labels) if labels.ndim == 1 else labels.sum(axis=0)
    return f"{n:,} rows, {len(counts)} classes of {counts.min():,} to {counts.max():,} rows"


@dataclass(frozen=True)
class Shape:
    """Number of rows and features of a file, and its smallest and largest label, -1 if rows have no single label."""

    rows: int
    columns: int
    first_label: int = -1
    last_label: int = -1


@dataclass(frozen=True)
class RawData:
    """The rows of a source before they are prepared.

    Parameters
    ----------
    n, d : number of rows and of features.
    chunks : returns an iterator over the features in file order, in arrays of shape (m, d). Each call starts again
        from the first row.
    labels : array of shape (n,); or (n, c) of 0 and 1, if a row can have several labels; or None.
    query : boolean array of shape (n,) that marks fixed queries, or None.
    image : height and width, if rows are images. Their features are then the pixels, uint8, row by row, each as red,
        green and blue; they are kept as they are.
    describe : returns how an error message refers to a row. Sources that keep their rows in several variables
        override it.
    """

    n: int
    d: int
    chunks: Callable[[], Iterator[Rows]]
    labels: Rows | None
    query: NDArray[np.bool_] | None = None
    image: tuple[int, int] | None = None
    describe: Callable[[int], str] = "row {}".format


@dataclass(frozen=True)
class Dataset:
    """A prepared dataset: the source's rows are ``features * norms[:, None] + mean``.

    Parameters
    ----------
    features : float32 array of shape (n, d), memory-mapped, in file order. Rows are centred on the mean of all rows
        and scaled to unit L2 norm, unless ``normalization`` says otherwise; a row equal to the mean stays zero. Of
        images: uint8 array of shape (n, height, width, 3), memory-mapped, as they are.
    mean : float64 array of shape (d,), the mean of all rows; zeros if rows are not centred. Empty for images.
    norms : float32 array of shape (n,), the L2 norms of the centred rows; ones if rows are not scaled. Empty
        for images.
    labels : int64 array of shape (n,), or uint8 array of shape (n, c) of 0 and 1, or None.
    query : boolean array of shape (n,) that marks fixed queries, or None.
    queries : how queries are drawn.
    digest : SHA-256 of everything that determines the content.
    normalization : how the rows were prepared.
    near_percent : without labels, this percentage of pairs, those at the smallest distances, are neighbors.
    data_dir : the folder with the source files, in which the files of networks are looked for, too.
    """

    name: str
    features: Rows
    mean: Rows
    norms: Rows
    labels: Rows | None
    query: NDArray[np.bool_] | None
    queries: QueryProtocol
    digest: str
    normalization: Normalization = Normalization()
    near_percent: float = NEAR_PERCENT
    data_dir: Path = Path("datasets")

    @property
    def has_images(self) -> bool:
        """Whether the rows are images instead of features."""
        return self.features.ndim == 4

    @property
    def shape(self) -> Shape:
        """The number of rows and features, and the range of the labels."""
        rows, columns = len(self.features), math.prod(self.features.shape[1:])
        if self.labels is None or self.labels.ndim != 1:
            return Shape(rows, columns)
        return Shape(rows, columns, int(self.labels.min()), int(self.labels.max()))
