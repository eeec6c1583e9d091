"""Importing the user's own data: reading, checking, counting and keeping them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._memory import MAX_ROWS
from mihash_bench.errors import InputError
from mihash_bench.own_data.about import About
from mihash_bench.own_data.labels import LabelCollector, Labels
from mihash_bench.own_data.parts import Part, add_labels, as_marks, marks_of, parts_of
from mihash_bench.own_data.place import folder_of, path_in
from mihash_bench.own_data.request import Request
from mihash_bench.own_data.rows import RowSource
from mihash_bench.own_data.scan import Repeats, Scan, find_repeats
from mihash_bench.own_data.seen import Seen
from mihash_bench.own_data.writing import Writer, replacing

MOST_QUERIES = 1_000


def import_data(request: Request) -> Seen:
    """Import a dataset and return what was seen.

    Raises InputError, naming the option or the file, if the data cannot be used. Nothing is left then.
    """
    parts = parts_of(request)
    folder = folder_of(request.data_dir)
    with replacing(folder, request.name, lambda path: _check_free(path, request)) as file:
        intake = _Intake(
            request, Writer(file, parts[0].source.columns, _storage_type(parts)), parts[0].source.image
        )  # fmt: skip
        for part in parts:
            intake.take(part)
        repeats = intake.finish()
        about = _about(request, intake)
        intake.writer.note(about)
    return Seen(
        about, path_in(folder, request.name), intake.labels, request.near_percent is not None, intake.query,
        intake.scan.zero_rows, _constant(parts[0].source, intake.scan), repeats, request.drop_duplicates,
        parts[0].source.names,
    )  # fmt: skip


class _Intake:
    """Takes the rows of an import part by part.

    image: height and width of images. labels, query: those of all rows, after ``finish``.
    """

    def __init__(self, request: Request, writer: Writer, image: tuple[int, int] | None) -> None:
        self.request, self.writer, self.image = request, writer, image
        self.scan = Scan(writer.features.shape[1])
        self._collector = LabelCollector(
            "--labels" if request.labels is not None else "--label-column", request.label_separator
        )
        self._marks: list[NDArray[np.bool_]] = []
        self.labels: Labels | None = None
        self.query: NDArray[np.bool_] | None = None
        self.content: dict[str, str] = {}

    def take(self, part: Part) -> None:
        """Read all rows of a part, with their labels and marks."""
        before = self.scan.rows
        for block in part.source.blocks():
            first = self.scan.rows - before
            if self.scan.rows + len(block.features) > MAX_ROWS:
                raise InputError(f"{part.source.where}: more than {MAX_ROWS:,} rows in all (allowed: at most that)")
            self.writer.append(self.scan.add(block.features, part.source, first, self.writer.features.dtype))
            if part.label_column:
                self._collector.add(block.others[part.label_column])
            if part.mark_column:
                self._marks.append(as_marks(block.others[part.mark_column], part.source.where, first))
        rows = self.scan.rows - before
        add_labels(part, rows, self._collector, "--query-labels" if part.are_queries else "--labels")
        if not part.mark_column:
            self._marks.append(marks_of(part, rows))

    def finish(self) -> Repeats:
        """Look for equal rows, remove them if asked to, write labels and marks, and return what was found."""
        drawn = self.request.queries_file is None and self.request.query_column is None
        self.query = None if drawn else np.concatenate(self._marks)
        self.labels = self._collector.result() if self.request.has_labels else None
        repeats = find_repeats(self.scan.hashes, self.query, None if self.labels is None else self.labels.values)
        if self.request.drop_duplicates and repeats.copies:
            self._keep(repeats.kept)
        self._check_queries()
        used = None if self.labels is None or self.request.near_percent is not None else self.labels.values
        self.content = self.writer.finish(used, self.query)
        return repeats

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        self.writer.keep(kept)
        if self.labels is not None:
            self.labels = Labels(self.labels.values[kept], self.labels.names)
        if self.query is not None:
            self.query = self.query[kept]

    @property
    def rows(self) -> int:
        """The number of rows that are kept."""
        return len(self.writer.features)

    @property
    def queries(self) -> int:
        """The number of queries: those that are marked, or as many as are drawn."""
        if self.query is not None:
            return int(self.query.sum())
        usual = max(1, min(MOST_QUERIES, self.rows // 10))
        return usual if self.request.queries is None else self.request.queries

    def _check_queries(self) -> None:
        if self.rows < 3:
            raise InputError(f"X: {self.rows} rows (allowed: at least 3, a query and a database of 2)")
        if not 1 <= self.queries <= self.rows - 2:
            column, file = self.request.query_column, self.request.queries_file
            option = "--query-column" if column is not None else "--queries-file" if file is not None else "--queries"
            raise InputError(f"{option}: {self.queries:,} of {self.rows:,} rows (allowed: 1 to {self.rows - 2:,})")


def _check_free(path: Path, request: Request) -> None:
    if path.exists() and not request.replace:
        raise InputError(f"--name: {request.name!r} was imported before, {path} (allowed: another name, or --replace)")


def _storage_type(parts: Sequence[Part]) -> np.dtype[Any]:
    """Return the type in which features are kept: their own, as far as HDF5 has it everywhere."""
    dtype = np.result_type(*(part.source.dtype for part in parts))
    if dtype.kind == "b":
        return np.dtype(np.uint8)
    if dtype.kind == "f" and dtype.itemsize > 8:
        return np.dtype(np.float64)
    return dtype.newbyteorder("<")


def _about(request: Request, intake: _Intake) -> About:
    features = intake.writer.features
    used = intake.labels if request.near_percent is None else None
    return About(
        name=request.name,
        title=request.title or request.name,
        citation=request.citation,
        examples=request.stream_length,
        queries=None if intake.query is not None else intake.queries,
        near_percent=request.near_percent,
        normalize=request.normalize,
        rows=intake.rows,
        columns=features.shape[1],
        dtype=str(features.dtype),
        classes=[] if used is None else list(used.names),
        content=intake.content,
        files=request.files,
        imported=datetime.now(UTC).isoformat(timespec="seconds"),
        package=version("mihash-bench"),
        image=list(intake.image or ()),
    )


def _constant(source: RowSource, scan: Scan) -> tuple[str, ...]:
    return tuple(source.column(int(number)) for number in scan.constant_columns)
