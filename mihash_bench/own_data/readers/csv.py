"""CSV files, with or without a first line of names, separated by commas (.csv) or tabs (.tsv).

Numbers are read by Python's ``float``, which is exact, so that a file gives the same digest everywhere.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._memory import MAX_FEATURES, rows_within
from mihash_bench.errors import InputError, shown, unknown
from mihash_bench.own_data.rows import Ask, Block, RowSource

SEPARATORS = {".csv": ",", ".tsv": "\t"}
CHUNK_ROWS = 4096
# With fewer columns, 0, 1, 2 and so on may be the numbers of a row.
LEAST_PLACES = 3
# In double precision; texts take about ten times as much.
CHUNK_BYTES = 1 << 24


def open_rows(path: Path, ask: Ask) -> RowSource:
    """Return the rows of the file, as float64. Columns without a line of names are called by their numbers from 0.

    Raises InputError, naming the file, if a column is missing. While rows are read, it is raised for a cell that is no
    number, and for rows of different lengths.
    """
    if ask.array is not None and not ask.labels:
        raise InputError(
            "--array: the features of a CSV file are all columns that no other option names (allowed: none)"
        )
    where, separator = ask.where(path), SEPARATORS[path.suffix.lower()]
    table = _Table(path, where, separator, *_names(path, where, separator))
    column = (ask.array,) if ask.labels and ask.array is not None else ()
    named = [table.place(name) for name in (*column, *ask.others)]
    places = tuple(place for place in range(len(table.names)) if place not in named)
    if ask.labels:
        places = tuple(named) or places
        if len(places) == 1:
            return RowSource(where, 1, np.dtype(object), lambda: table.texts(places[0]))
    elif not 1 <= len(places) <= MAX_FEATURES:
        raise InputError(f"{where}: {len(places):,} columns of features (allowed: 1 to {MAX_FEATURES:,})")
    names = tuple(table.names[place] for place in places) if table.has_names else ()
    return RowSource(where, len(places), np.dtype(np.float64), lambda: table.numbers(places, ask.others), names)


def _names(path: Path, where: str, separator: str) -> tuple[tuple[str, ...], bool]:
    """Return the names of the columns, and whether the first line has them because not all of it are numbers."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = next(csv.reader(file, delimiter=separator, strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{where}: not a readable CSV file ({error})") from None
    if not first:
        raise InputError(f"{where}: its first line is empty (allowed: names of columns, or numbers)")
    if all(map(_is_number, first)) and not _are_places(first):
        return tuple(map(str, range(len(first)))), False
    names = tuple(name.strip() for name in first)
    if "" in names:
        # Data frames are often written with the numbers of their rows, which must not become a feature.
        place = names.index("")
        raise InputError(f"{where}: column {place} has no name in the first line (allowed: a name for each column)")
    return names, True


def _are_places(first: list[str]) -> bool:
    """Return whether a line is 0, 1, 2 and so on, as data frames without names are written."""
    return len(first) >= LEAST_PLACES and first == list(map(str, range(len(first))))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class _Table:
    """A CSV file that is read in chunks of rows. names: of all columns. has_names: whether the first line has them."""

    path: Path
    where: str
    separator: str
    names: tuple[str, ...]
    has_names: bool

    def place(self, name: str) -> int:
        """Return the number of a column. Raises InputError if there is none with this name, or several."""
        if name not in self.names:
            raise unknown(f"{self.where}: column", name, self.names)
        if (count := self.names.count(name)) > 1:
            raise InputError(f"{self.where}: {count} columns are called {shown(name)} (allowed: one)")
        return self.names.index(name)

    def numbers(self, places: Sequence[int], others: Sequence[str]) -> Iterator[Block]:
        """Yield the numbers in some columns of consecutive rows, and the texts of other columns."""
        start = 0
        for rows in self._chunks():
            texts = {name: _texts(rows, self.place(name)) for name in others}
            yield Block(self._numbers(rows, places, start), texts)
            start += len(rows)

    def texts(self, place: int) -> Iterator[Block]:
        """Yield the texts of a single column."""
        for rows in self._chunks():
            yield Block(_texts(rows, place))

    def _chunks(self) -> Iterator[list[list[str]]]:
        width = len(self.names)
        step = rows_within(CHUNK_ROWS, width, CHUNK_BYTES)
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                lines = csv.reader(file, delimiter=self.separator, strict=True)
                if self.has_names:
                    next(lines, None)
                # An empty line is an empty cell where there is one column, and no row elsewhere.
                rows = (line or [""] for line in lines if line or width == 1)
                start = 0
                while chunk := list(islice(rows, step)):
                    self._check_lengths(chunk, start)
                    yield chunk
                    start += len(chunk)
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"{self.where}: not a readable CSV file ({error})") from None

    def _check_lengths(self, rows: list[list[str]], start: int) -> None:
        width = len(self.names)
        for number, row in enumerate(rows):
            if len(row) != width:
                raise InputError(
                    f"{self.where}: row {start + number}, counted from 0, has {len(row):,} fields (allowed: {width:,}, "
                    f"as the first line)"
                )

    def _numbers(self, rows: list[list[str]], places: Sequence[int], start: int) -> NDArray[np.float64]:
        try:
            return np.array([[float(row[place]) for place in places] for row in rows], np.float64)
        except ValueError:
            number, place = next(
                (number, place) for number, row in enumerate(rows) for place in places if not _is_number(row[place])
            )
            name = f"column {place}" + (f" ({self.names[place]})" if self.has_names else "")
            raise InputError(
                f"{self.where}: {shown(rows[number][place])} in row {start + number}, {name}, both counted from 0 "
                f"(allowed: numbers)"
            ) from None


def _texts(rows: list[list[str]], place: int) -> NDArray[np.object_]:
    return np.array([row[place].strip() for row in rows], object)
