"""Parquet files, whose columns are features, or have one that contains lists of features."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._memory import CHUNK_BYTES, MAX_FEATURES, rows_within
from mihash_bench.datasets._stored_matrix import CHUNK_ROWS
from mihash_bench.errors import InputError, unknown
from mihash_bench.own_data.rows import Ask, Block, RowSource


def open_rows(path: Path, ask: Ask) -> RowSource:
    """Return the rows of the file.

    Raises InputError if pyarrow is not installed, if the file is damaged, or, naming the column, if one is missing or
    has no numbers.
    """
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError:
        raise InputError(
            f"{ask.where(path)}: reading Parquet needs pyarrow, which is not installed (pip install "
            f"'mihash-bench[parquet]')"
        ) from None
    where = ask.where(path)
    try:
        return _rows(parquet.ParquetFile(path), where, ask)
    except pyarrow.ArrowException as error:
        raise InputError(f"{where}: not a readable Parquet file ({error})") from None


def _rows(file: Any, where: str, ask: Ask) -> RowSource:
    names = list(file.schema_arrow.names)
    for name in (*ask.others, *([ask.array] if ask.array is not None else [])):
        if name not in names:
            raise unknown(f"{where}: column", name, names)
    wanted = [ask.array] if ask.array is not None else [name for name in names if name not in ask.others]
    if ask.labels and len(wanted) == 1:
        return RowSource(where, 1, np.dtype(object), lambda: _labels(file, wanted[0], where))
    if ask.array is not None:
        return _lists(file, ask.array, where, ask)
    dtype = np.result_type(*(_number_type(file, name, where) for name in wanted)) if wanted else np.dtype(float)
    if not 1 <= len(wanted) <= MAX_FEATURES:
        raise InputError(f"{where}: {len(wanted):,} columns of features (allowed: 1 to {MAX_FEATURES:,})")

    def blocks() -> Iterator[Block]:
        for batch in _batches(file, [*wanted, *ask.others], len(wanted), where):
            yield Block(np.column_stack([_numbers(batch.column(name)) for name in wanted]), _others(batch, ask))

    return RowSource(where, len(wanted), dtype, blocks, tuple(wanted))


def _numbers(column: Any) -> NDArray[Any]:
    """Return the numbers of a column; missing ones are NaN."""
    import pyarrow

    if pyarrow.types.is_boolean(column.type):
        column = column.cast(pyarrow.uint8())
    numbers: NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return numbers


def _number_type(file: Any, name: str, where: str) -> np.dtype[Any]:
    kind = file.schema_arrow.field(name).type
    try:
        dtype: np.dtype[Any] = np.dtype(kind.to_pandas_dtype())
    except (NotImplementedError, TypeError):
        dtype = np.dtype(object)
    if dtype.kind not in "fiub":
        raise InputError(
            f"{where}: column {name} is {kind} (allowed: numbers, or --array for a column of lists, --label-column and "
            f"--query-column for others)"
        )
    return dtype


def _batches(file: Any, columns: list[str], width: int, where: str) -> Iterator[Any]:
    import pyarrow

    try:
        yield from file.iter_batches(rows_within(CHUNK_ROWS, width, CHUNK_BYTES), columns=columns)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{where}: damaged ({error})") from None


def _others(batch: Any, ask: Ask) -> dict[str, Any]:
    return {name: _as_objects(batch.column(name).to_pylist()) for name in ask.others}


def _labels(file: Any, name: str, where: str) -> Iterator[Block]:
    for batch in _batches(file, [name], 1, where):
        yield Block(_as_objects(batch.column(name).to_pylist()))


def _as_objects(values: list[Any]) -> NDArray[Any]:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _lists(file: Any, name: str, where: str, ask: Ask) -> RowSource:
    from pyarrow.compute import list_value_length

    kind = file.schema_arrow.field(name).type
    inner = np.dtype(kind.value_type.to_pandas_dtype()) if hasattr(kind, "value_type") else np.dtype(object)
    if inner.kind not in "fiub":
        raise InputError(f"{where}: column {name} is {kind} (allowed: lists of numbers)")
    first = next(iter(file.iter_batches(1, columns=[name])), None)
    columns = len(first.column(0)[0]) if first is not None and len(first) and first.column(0)[0].is_valid else 0
    if not 1 <= columns <= MAX_FEATURES:
        raise InputError(f"{where}: {columns:,} features in the first row (allowed: 1 to {MAX_FEATURES:,})")

    def blocks() -> Iterator[Block]:
        start = 0
        for batch in _batches(file, [name, *ask.others], columns, where):
            values = batch.column(name)
            lengths = list_value_length(values).to_numpy(zero_copy_only=False)
            if not (lengths == columns).all():
                row = start + int(np.argmax(lengths != columns))
                raise InputError(f"{where}: row {row} has not {columns:,} features (allowed: rows of one length)")
            start += len(batch)
            flat = values.flatten().to_numpy(zero_copy_only=False)
            yield Block(flat.reshape(-1, columns), _others(batch, ask))

    return RowSource(f"{where}: {name}", columns, inner, blocks)
