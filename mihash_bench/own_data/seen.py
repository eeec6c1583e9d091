"""What an import saw, as an object and as lines for people."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mihash_bench.own_data.about import About
from mihash_bench.own_data.labels import Labels
from mihash_bench.own_data.place import user_folder
from mihash_bench.own_data.scan import Repeats
from mihash_bench.text import html_text

# So many of the largest classes are named, and so many of the smallest.
SHOWN = 5


@dataclass(frozen=True)
class Seen:
    """What an import saw.

    about: the note of the import. path: the file in which the dataset is kept. labels_unused: whether labels were given
    although neighbors are by distance. query: which rows are marked as queries; None if they are drawn.
    constant_columns: the columns that have one value in all rows. feature_names: the names of the features, or empty
    if they have none.
    """

    about: About
    path: Path
    labels: Labels | None = field(repr=False)
    labels_unused: bool
    query: NDArray[np.bool_] | None = field(repr=False)
    zero_rows: int
    constant_columns: tuple[str, ...]
    repeats: Repeats = field(repr=False)
    dropped: bool
    feature_names: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return what was seen as lines."""
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        """Return the lines for a notebook."""
        return html_text(self)

    def lines(self) -> Iterator[str]:
        """Yield what was seen, one line each."""
        about = self.about
        what = (
            about.content_text if about.image else f"{about.rows:,} rows of {about.columns:,} features, {about.dtype}"
        )
        yield f"{about.name}: {what}"
        if self.feature_names:
            yield f"features: {_listed(self.feature_names)}"
        yield f"labels: {self._classes()}"
        yield from self._trivial()
        if about.image:
            yield f"queries: {self._queries()}; neighbors: {about.neighbors}"
        else:
            yield f"queries: {self._queries()}; neighbors: {about.neighbors}; normalize: {about.normalize}"
            yield f"constant columns: {_listed(self.constant_columns)}; rows of zeros: {self.zero_rows:,}"
        yield from self._repeats()
        yield f"kept in {self.path}; use it with --dataset {about.name}{self._folder()}"

    def _folder(self) -> str:
        """Return the option that the verbs need to find the dataset, if it is not in the user's data folder."""
        folder = self.path.parent
        return "" if folder == user_folder() else f" --data-dir {folder.parent}"

    def _classes(self) -> str:
        if self.labels is None:
            return "none"
        counts = class_counts(self.labels)
        ordered = sorted(counts.items(), key=lambda pair: -pair[1])
        unused = ", not used because neighbors are by distance" if self.labels_unused else ""
        kind = "several for each row" if self.labels.values.ndim > 1 else "one for each row"
        return f"{len(counts):,} classes, {kind}{unused}; {_sizes(ordered)}"

    def _trivial(self) -> Iterator[str]:
        """Yield why any codes would be as good as any others."""
        if self.labels is not None and not self.labels_unused and len(class_counts(self.labels)) == 1:
            yield "warning: there is one class only, so that every row is a neighbor of every query"
        if self.repeats.copies == len(self.repeats.kept) - 1:
            yield "warning: all rows are equal, so that they have one code"

    def _queries(self) -> str:
        if self.query is None:
            return f"{self.about.queries:,} drawn with the seed of each sweep"
        return f"{self.query.sum():,} given, {len(self.query) - self.query.sum():,} rows are the database"

    def _repeats(self) -> Iterator[str]:
        found = self.repeats
        if not found.copies:
            yield "rows that stand twice: none"
            return
        done = "removed" if self.dropped else "--drop-duplicates removes them"
        yield f"rows that stand twice: {found.copies:,} equal an earlier row ({done})"
        if found.queries_in_database:
            yield f"queries that are also in the database: {found.queries_in_database:,}"
        if found.other_labels:
            yield f"equal rows with different labels: {found.other_labels:,}"


def class_counts(labels: Labels) -> dict[str, int]:
    """Return the number of rows of each class by its name."""
    if labels.values.ndim > 1:
        numbers, counts = np.arange(labels.values.shape[1]), labels.values.sum(axis=0, dtype=np.int64)
    else:
        numbers, counts = np.unique(labels.values, return_counts=True)
    names = [labels.names[number] if labels.names else str(number) for number in numbers.tolist()]
    return dict(zip(names, counts.tolist(), strict=True))


def _sizes(ordered: list[tuple[str, int]]) -> str:
    texts = [f"{name} {count:,}" for name, count in ordered]
    if len(texts) <= 2 * SHOWN:
        return ", ".join(texts)
    return f"largest {', '.join(texts[:SHOWN])}; smallest {', '.join(texts[-SHOWN:])}"


def _listed(names: tuple[str, ...]) -> str:
    if not names:
        return "none"
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"{len(names):,} ({', '.join(names[:SHOWN])}{more})"
