"""What is to be imported, and how."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError, shown, unknown
from mihash_bench.own_data.about import NORMALIZATIONS
from mihash_bench.own_data.opening import is_folder
from mihash_bench.parameters import Integer
from mihash_bench.registry import BATCH_METHODS, DATASETS, DEEP_METHODS, METHODS, SAFE_NAME

STREAM_LENGTH = 20_000
MOST_SIDE = 4_096
MOST_NAME, MOST_TITLE, MOST_CITATION = 100, 300, 10_000


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be imported, and how.

    features: a file, a folder of images, or an array of shape (n, d). name: of the dataset. labels: a file, an array or
    a list; None for none. array: name of the array with the features in a file with several. label_column: name of
    the column or array with the labels, in the file of labels, or else in that of the features. label_separator:
    what separates several labels in a text. queries: how many are drawn; None for the usual number. queries_file: a
    file or array whose rows are the queries. query_labels: their labels, as ``labels``. query_column: name of the
    column or array of 0 and 1 that marks the queries. neighbors: ``labels`` or ``distance:5%``; None for labels if
    there are some. normalize: a key of ``NORMALIZATIONS``. title, citation: of the dataset; an empty title stands
    for the name. stream_length: the default length of the stream. drop_duplicates: whether only one of equal rows
    is kept. data_dir: the folder below which the dataset is kept; None for the user's data folder. replace: whether
    a dataset that was imported under this name is replaced. pixels: the side to which images of a folder are
    scaled; None if all have the same size.

    Raises InputError, naming the option, if a value is not allowed.
    """

    features: Any
    name: str
    labels: Any = None
    array: str | None = None
    label_column: str | None = None
    label_separator: str = ""
    queries: int | None = None
    queries_file: Any = None
    query_labels: Any = None
    query_column: str | None = None
    neighbors: str | None = None
    normalize: str = "center,unit"
    title: str = ""
    citation: str = ""
    stream_length: int = STREAM_LENGTH
    drop_duplicates: bool = False
    data_dir: Path | None = None
    replace: bool = False
    pixels: int | None = None

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_texts(self)
        for option, number in (("--queries", self.queries), ("--stream-length", self.stream_length)):
            if number is not None and not Integer(1).allows(number):
                raise InputError(f"{option}: {shown(number)} is not allowed (allowed: whole numbers from 1)")
        _check_queries(self)
        _check_folder(self)
        self.near_percent  # noqa: B018 - refuses what cannot be read

    @property
    def has_labels(self) -> bool:
        """Whether the rows have labels; images have those of their folders."""
        return is_folder(self.features) or self.labels is not None or self.label_column is not None

    @property
    def near_percent(self) -> float | None:
        """The percentage of ``--neighbors distance:5%``, or None for neighbors by label.

        Raises InputError if the text is not allowed.
        """
        if self.neighbors is None:
            return None if self.has_labels else 5.0
        if self.neighbors == "labels":
            if not self.has_labels:
                raise InputError("--neighbors: labels, but there are none (allowed: --labels, or distance:5%)")
            return None
        return _percent(self.neighbors)

    @property
    def files(self) -> list[str]:
        """The names of the files, without folders."""
        given = (self.features, self.labels, self.queries_file, self.query_labels)
        return list(dict.fromkeys(Path(each).name for each in given if isinstance(each, str | os.PathLike)))


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not SAFE_NAME.fullmatch(name) or len(name) > MOST_NAME:
        raise InputError(f"--name: {shown(name)} is not allowed (allowed: up to {MOST_NAME} letters, digits and . _ -)")
    kinds = (("dataset", DATASETS), ("method", METHODS), ("batch method", BATCH_METHODS), ("method", DEEP_METHODS))
    for what, registry in kinds:
        if name in registry.names():
            raise InputError(f"--name: {name!r} is the name of a {what} (allowed: another name)")


def _check_texts(request: Request) -> None:
    texts = ("title", "citation", "normalize", "label_separator", "array", "label_column", "query_column", "neighbors")
    for name in texts:
        value = getattr(request, name)
        if not (isinstance(value, str) or (value is None and name in texts[4:])):
            raise InputError(f"--{name.replace('_', '-')}: {shown(value)} is not allowed (allowed: a text)")
    if request.normalize not in NORMALIZATIONS:
        raise unknown("--normalize", request.normalize, NORMALIZATIONS)
    if not request.title.isprintable() or len(request.title) > MOST_TITLE:
        allowed = f"one line of up to {MOST_TITLE} characters"
        raise InputError(f"--title: {shown(request.title)} is not allowed (allowed: {allowed})")
    # BibTeX has several lines.
    if not request.citation.replace("\n", "").isprintable() or len(request.citation) > MOST_CITATION:
        allowed = f"text or BibTeX of up to {MOST_CITATION:,} characters"
        raise InputError(f"--citation: {shown(request.citation)} is not allowed (allowed: {allowed})")


def _check_queries(request: Request) -> None:
    ways = {
        "--queries": request.queries, "--queries-file": request.queries_file, "--query-column": request.query_column
    }  # fmt: skip
    given = [option for option, value in ways.items() if value is not None]
    if len(given) > 1:
        raise InputError(f"{given[1]}: given together with {given[0]} (allowed: one of {', '.join(ways)})")
    if request.query_labels is not None and (request.queries_file is None or not request.has_labels):
        needed = "--queries-file" if request.queries_file is None else "--labels"
        raise InputError(f"--query-labels: given without {needed} (allowed: together with it)")
    if request.label_separator and not request.has_labels:
        raise InputError("--label-separator: given without labels (allowed: with --labels or --label-column)")


def _check_folder(request: Request) -> None:
    if not is_folder(request.features):
        if request.pixels is not None:
            raise InputError("--pixels: given for a file (allowed: for a folder of images)")
        return
    if request.pixels is not None and not Integer(1, MOST_SIDE).allows(request.pixels):
        raise InputError(f"--pixels: {shown(request.pixels)} is not allowed (allowed: 1 to {MOST_SIDE:,})")
    for option in ("array", "label_column", "query_column"):
        if getattr(request, option) is not None:
            raise InputError(f"--{option.replace('_', '-')}: given for a folder of images, which has no columns")


def _percent(text: str) -> float:
    kind, colon, number = text.partition(":")
    try:
        percent = float(number.removesuffix("%"))
    except ValueError:
        percent = -1.0
    if kind != "distance" or not colon or not number.endswith("%") or not 0 < percent <= 100:
        raise InputError(
            f"--neighbors: {shown(text)} is not allowed (allowed: labels, or distance:P% with P above 0 and up to 100)"
        )
    return percent
