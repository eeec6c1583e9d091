"""Importing the user's own data: reading, checking, counting and keeping them."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from mihash_bench.datasets._memory import MAX_ROWS
from mihash_bench.errors import InputError, shown, unknown
from mihash_bench.own_data.about import NORMALIZATIONS, About
from mihash_bench.own_data.labels import LabelCollector, Labels
from mihash_bench.own_data.opening import open_source
from mihash_bench.own_data.place import folder_of, path_in
from mihash_bench.own_data.rows import Ask, RowSource
from mihash_bench.own_data.scan import Scan, find_repeats
from mihash_bench.own_data.seen import Seen
from mihash_bench.own_data.writing import Writer, replacing
from mihash_bench.registry import BATCH_METHODS, DATASETS, METHODS, SAFE_NAME

STREAM_LENGTH = 20_000
MOST_QUERIES = 1_000
MOST_NAME, MOST_TEXT = 100, 300


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be imported, and how.

    features: a file, or an array of shape (n, d). name: of the dataset. labels: a file, an array or a list; None for
    no labels. array: name of the array in a file with several. queries: how many are drawn; None for the usual number.
    neighbors: ``labels`` or ``distance:5%``; None for labels if there are some. normalize: a key of ``NORMALIZATIONS``.
    title, citation: of the dataset; an empty title stands for the name. stream_length: the default length of the
    stream. drop_duplicates: whether only one of equal rows is kept. data_dir: the folder below which the dataset is
    kept; None for the user's data folder. replace: whether a dataset that was imported under this name is replaced.
    """

    features: Any
    name: str
    labels: Any = None
    array: str | None = None
    queries: int | None = None
    neighbors: str | None = None
    normalize: str = "center,unit"
    title: str = ""
    citation: str = ""
    stream_length: int = STREAM_LENGTH
    drop_duplicates: bool = False
    data_dir: Path | None = None
    replace: bool = False


def import_data(request: Request) -> Seen:
    """Import a dataset and return what was seen.

    Raises InputError, naming the option, if a value is not allowed or the data cannot be used. Nothing is left then.
    """
    _check(request)
    near_percent = _near_percent(request)
    source = open_source(request.features, Ask("X", request.array))
    folder = folder_of(request.data_dir)
    dtype = _storage_type(source)
    with replacing(folder, request.name, lambda path: _check_free(path, request)) as file:
        writer, scan = Writer(file, source.columns, dtype), Scan(source.columns)
        _copy(source, writer, scan)
        labels = _labels(request, scan.rows)
        repeats = find_repeats(scan.hashes, None, None if labels is None else labels.values)
        if request.drop_duplicates and repeats.copies:
            writer.keep(repeats.kept)
            labels = None if labels is None else Labels(labels.values[repeats.kept], labels.names)
        rows = len(writer.features)
        kept = None if near_percent is not None or labels is None else labels
        about = _about(request, source, rows, near_percent, writer.finish(kept.values if kept else None, None), kept)
        writer.note(about)
    return Seen(
        about, path_in(folder, request.name), labels, near_percent is not None, scan.zero_rows, _constant(source, scan),
        repeats, request.drop_duplicates,
    )  # fmt: skip


def _check(request: Request) -> None:
    _check_name(request.name)
    if request.normalize not in NORMALIZATIONS:
        raise unknown("--normalize", request.normalize, NORMALIZATIONS)
    for option, text in (("--title", request.title), ("--citation", request.citation)):
        if not text.isprintable() or len(text) > MOST_TEXT:
            allowed = f"one line of up to {MOST_TEXT} characters"
            raise InputError(f"{option}: {shown(text)} is not allowed (allowed: {allowed})")
    for option, number in (("--queries", request.queries), ("--stream-length", request.stream_length)):
        if number is not None and number < 1:
            raise InputError(f"{option}: {number} is not allowed (allowed: whole numbers from 1)")


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not SAFE_NAME.fullmatch(name) or len(name) > MOST_NAME:
        raise InputError(f"--name: {shown(name)} is not allowed (allowed: up to {MOST_NAME} letters, digits and . _ -)")
    for what, registry in (("dataset", DATASETS), ("method", METHODS), ("batch method", BATCH_METHODS)):
        if name in registry.names():
            raise InputError(f"--name: {name!r} is the name of a {what} (allowed: another name)")


def _near_percent(request: Request) -> float | None:
    """Return the percentage of ``--neighbors distance:5%``, or None for neighbors by label."""
    given = request.neighbors
    has_labels = request.labels is not None
    if given is None:
        return None if has_labels else 5.0
    if given == "labels":
        if not has_labels:
            raise InputError("--neighbors: labels, but there are none (allowed: --labels, or distance:5%)")
        return None
    kind, colon, text = given.partition(":")
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = -1.0
    if kind != "distance" or not colon or not text.endswith("%") or not 0 < percent <= 100:
        raise InputError(
            f"--neighbors: {shown(given)} is not allowed (allowed: labels, or distance:P% with P above 0 and up to 100)"
        )
    return percent


def _check_free(path: Path, request: Request) -> None:
    if path.exists() and not request.replace:
        raise InputError(f"--name: {request.name!r} was imported before, {path} (allowed: another name, or --replace)")


def _storage_type(source: RowSource) -> np.dtype[Any]:
    """Return the type in which features are kept: their own, as far as HDF5 has it everywhere."""
    dtype = source.dtype
    if dtype.kind == "b":
        return np.dtype(np.uint8)
    if dtype.kind == "f" and dtype.itemsize > 8:
        return np.dtype(np.float64)
    return dtype.newbyteorder("<")


def _copy(source: RowSource, writer: Writer, scan: Scan) -> None:
    for block in source.blocks():
        rows = block.features.astype(writer.features.dtype)
        if scan.rows + len(rows) > MAX_ROWS:
            raise InputError(f"{source.where}: more than {MAX_ROWS:,} rows (allowed: at most that)")
        scan.add(rows, source, scan.rows)
        writer.append(rows)
    if scan.rows < 2:
        raise InputError(f"{source.where}: {scan.rows} rows (allowed: at least 2)")


def _labels(request: Request, rows: int) -> Labels | None:
    if request.labels is None:
        return None
    collector = LabelCollector("--labels")
    if isinstance(request.labels, str | os.PathLike | np.ndarray):
        for block in open_source(request.labels, Ask("--labels", wants="labels")).blocks():
            collector.add(block.features)
    else:
        collector.add(list(request.labels))
    labels = collector.result()
    if len(labels.values) != rows:
        raise InputError(f"--labels: {len(labels.values):,} labels for {rows:,} rows (allowed: one for each row)")
    return labels


def _about(
    request: Request, source: RowSource, rows: int, near_percent: float | None, content: dict[str, str],
    labels: Labels | None,
) -> About:  # fmt: skip
    queries = request.queries if request.queries is not None else max(1, min(MOST_QUERIES, rows // 10))
    if queries > rows - 2:
        raise InputError(f"--queries: {queries:,} of {rows:,} rows (allowed: at most {rows - 2:,})")
    files = [Path(each).name for each in (request.features, request.labels) if isinstance(each, str | os.PathLike)]
    return About(
        name=request.name,
        title=request.title or request.name,
        citation=request.citation,
        examples=request.stream_length,
        queries=queries,
        near_percent=near_percent,
        normalize=request.normalize,
        rows=rows,
        columns=source.columns,
        dtype=str(_storage_type(source)),
        classes=[] if labels is None else list(labels.names),
        content=content,
        files=files,
        imported=datetime.now(UTC).isoformat(timespec="seconds"),
        package=version("mihash-bench"),
    )


def _constant(source: RowSource, scan: Scan) -> tuple[str, ...]:
    return tuple(source.column(int(number)) for number in scan.constant_columns)
