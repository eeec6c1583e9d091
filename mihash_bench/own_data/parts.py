"""The parts of an import: the rows of the database, or of all items, and the rows of queries in a file of their own."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.own_data.labels import LabelCollector
from mihash_bench.own_data.opening import is_file, is_folder, is_table, open_source
from mihash_bench.own_data.request import Request
from mihash_bench.own_data.rows import FOLDER_COLUMN, Ask, RowSource


@dataclass(frozen=True)
class Part:
    """Some of the rows.

    source: their features. labels: where their labels are, if they are not beside the features; None if they are, or if
    there are none. marks: the same for marks of queries. label_column, mark_column: the columns beside the features
    that have them, or "". are_queries: whether all rows are queries.
    """

    source: RowSource
    labels: Any = None
    marks: RowSource | None = None
    label_column: str = ""
    mark_column: str = ""
    are_queries: bool = False


def parts_of(request: Request) -> list[Part]:
    """Open everything that is imported. Raises InputError, naming option or file, if something cannot be read."""
    first = _part(request, request.features, request.labels, "", "--labels", request.query_column)
    if request.queries_file is None:
        return [first]
    queries = _part(
        request, request.queries_file, request.query_labels, "--queries-file", "--query-labels", None, are_queries=True
    )
    if queries.source.columns != first.source.columns:
        raise InputError(
            f"{queries.source.where}: {queries.source.columns:,} columns, but {first.source.where} has "
            f"{first.source.columns:,} (allowed: the same number)"
        )
    if queries.source.image != first.source.image:
        raise InputError(f"{queries.source.where}: other images than {first.source.where} (allowed: the same size)")
    return [first, queries]


def _part(
    request: Request, features: Any, labels: Any, option: str, label_option: str, mark_column: str | None, *,
    are_queries: bool = False,
) -> Part:  # fmt: skip
    table = is_table(features)
    # Where labels have a file of their own, the column is one of that file.
    beside = (FOLDER_COLUMN if is_folder(features) else request.label_column) if labels is None else None
    others = tuple(name for name in (beside, mark_column) if name is not None and table)
    source = open_source(features, Ask(option, request.array, others, pixels=request.pixels))
    marks = None
    if mark_column is not None and not table:
        marks = open_source(features, Ask("--query-column", mark_column, labels=True))
    if labels is not None:
        column = request.label_column if is_file(labels) else None
        found = _opened_labels(labels, Ask(label_option, column, labels=True))
    elif beside is not None and not table:
        found = open_source(features, Ask("--label-column", beside, labels=True))
    else:
        if request.has_labels and beside is None:
            raise InputError(f"{label_option}: missing (allowed: the labels of the rows of {option})")
        found = None
    in_table = beside if table and beside is not None else ""
    return Part(source, found, marks, in_table, mark_column if table and mark_column else "", are_queries)


def _opened_labels(labels: Any, ask: Ask) -> Any:
    """Return the rows of a file or array; a list stays as it is, because it may have lists of several lengths."""
    return open_source(labels, ask) if is_file(labels) or isinstance(labels, np.ndarray) else list(labels)


def add_labels(part: Part, rows: int, collector: LabelCollector, option: str) -> None:
    """Read the labels of a part that are not beside its features. Raises InputError unless each row has one."""
    if part.labels is None:
        return
    before = collector.rows
    blocks = (each.features for each in part.labels.blocks()) if isinstance(part.labels, RowSource) else [part.labels]
    for block in blocks:
        collector.add(block)
        # A file with far more labels than rows is not read to its end.
        if collector.rows - before > rows:
            break
    if (found := collector.rows - before) != rows:
        where = part.labels.where if isinstance(part.labels, RowSource) else option
        more = "more than " if found > rows and isinstance(part.labels, RowSource) else ""
        count = rows if more else found
        raise InputError(f"{where}: {more}{count:,} labels for {rows:,} rows (allowed: one for each row)")


def marks_of(part: Part, rows: int) -> NDArray[np.bool_]:
    """Return the marks of queries that are not beside the features, shape (rows,). Raises InputError if one is not."""
    if part.marks is None:
        return np.full(rows, part.are_queries)
    blocks = [as_marks(block.features, part.marks.where, 0) for block in part.marks.blocks()]
    marks = np.concatenate([*blocks, np.empty(0, np.bool_)])
    if len(marks) != rows:
        raise InputError(f"{part.marks.where}: {len(marks):,} marks for {rows:,} rows (allowed: one for each row)")
    return marks


def as_marks(values: Any, where: str, first: int) -> NDArray[np.bool_]:
    """Return marks of queries as booleans. first: the number of the first row. Raises InputError for other values."""
    array = np.asarray(values)
    if array.dtype.kind in "biuf" and np.isin(array, (0, 1)).all():
        return array.ravel().astype(np.bool_)
    texts = np.array([_plain(value) for value in np.asarray(values).ravel().tolist()], object)
    is_mark = np.isin(texts, ["0", "1"])
    if not is_mark.all():
        row = int(np.argmin(is_mark))
        raise InputError(f"{where}: {texts[row]!r} in row {first + row} marks no query (allowed: 0 and 1)")
    return np.asarray(texts == "1")


def _plain(value: Any) -> str:
    """Return 0 and 1 for all ways of writing them."""
    if isinstance(value, bool | int | float) and value in (0, 1):
        return str(int(value))
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value).strip()
    return {"true": "1", "false": "0", "1.0": "1", "0.0": "0"}.get(text.lower(), text)
