"""Collecting labels block by block: whole numbers, texts, rows of 0 and 1, or several labels for each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._memory import LABELS_BYTES, gibibytes
from mihash_bench.datasets._prepare import checked_labels
from mihash_bench.errors import InputError

# So many different texts are kept in memory.
MOST_TEXTS = 1_000_000


@dataclass(frozen=True)
class Labels:
    """Labels of all rows: int64 of shape (n,), or uint8 of shape (n, c). names: of the classes, if they are texts."""

    values: NDArray[Any]
    names: tuple[str, ...] = ()


class LabelCollector:
    """Collects the labels of consecutive rows.

    where: what errors name. separator: what separates several labels in a text; "" if each text is one label.
    """

    def __init__(self, where: str, separator: str = "") -> None:
        self.where, self.separator = where, separator
        self._kind = ""
        self._blocks: list[NDArray[Any]] = []
        self._numbers: dict[str, int] = {}
        self._lengths: list[NDArray[np.int64]] = []
        self.rows = 0

    def add(self, block: Any) -> None:
        """Add the labels of some rows: an array of shape (m,), (m, 1) or (m, c), or a list of lists.

        Raises InputError, naming the row, if a label is not allowed.
        """
        array = _array(block)
        if array.ndim == 2 and array.shape[1] == 1:
            array = array[:, 0]
        kind = _kind_of(array)
        if self.separator and kind == "texts":
            kind, array = "lists", _lists(array, self.separator)
        if kind != (self._kind or kind):
            raise InputError(f"{self.where}: {kind} after {self._kind} (allowed: labels of one kind)")
        self._kind = kind
        getattr(self, f"_add_{kind}")(array)
        self.rows += len(array)

    def result(self) -> Labels:
        """Return the labels of all rows that were added."""
        if self._kind == "matrix":
            return Labels(np.concatenate(self._blocks))
        if self._kind == "lists":
            return self._matrix_of_lists()
        values = np.concatenate(self._blocks) if self._blocks else np.empty(0, np.int64)
        return self._renumbered(values) if self._kind == "texts" else Labels(values)

    def _add_numbers(self, array: NDArray[Any]) -> None:
        self._blocks.append(checked_labels(array, len(array), self.where))

    def _add_matrix(self, array: NDArray[Any]) -> None:
        if (self.rows + len(array)) * array.shape[1] > LABELS_BYTES:
            raise InputError(f"{self.where}: a matrix of more than {gibibytes(LABELS_BYTES)} (allowed: at most that)")
        if not ((array == 0) | (array == 1)).all():
            raise InputError(f"{self.where}: a matrix of labels has values other than 0 and 1 (allowed: 0 and 1)")
        self._blocks.append(array.astype(np.uint8))

    def _add_texts(self, array: NDArray[Any]) -> None:
        self._blocks.append(self._coded(array.tolist(), self.rows))

    def _add_lists(self, array: Sequence[Any]) -> None:
        lists = [list(each) for each in array]
        self._lengths.append(np.array([len(each) for each in lists], np.int64))
        self._blocks.append(self._coded([label for each in lists for label in each], self.rows))

    def _coded(self, labels: list[Any], first: int) -> NDArray[np.int64]:
        """Return a number for each label, counted in the order in which labels appear."""
        known = self._numbers
        coded = np.empty(len(labels), np.int64)
        for place, label in enumerate(labels):
            text = _decoded(label)
            if text == "" or label is None or label != label:
                where = f"row {first + place}" if self._kind == "texts" else "a row"
                raise InputError(f"{self.where}: a label is missing in {where} (allowed: a label for each row)")
            coded[place] = known.setdefault(text, len(known))
        if len(known) > MOST_TEXTS:
            raise InputError(
                f"{self.where}: more than {MOST_TEXTS:,} different texts (allowed: at most that; names of single "
                f"rows are no labels)"
            )
        return coded

    def _order(self) -> tuple[list[str], NDArray[np.int64]]:
        """Return the labels in their order, and the place in it of each number that ``_coded`` gave."""
        texts = list(self._numbers)
        by_number = all(_is_number(text) for text in texts)
        order = sorted(texts, key=int if by_number else None)
        places = np.empty(len(texts), np.int64)
        for place, text in enumerate(order):
            places[self._numbers[text]] = int(text) if by_number and self._kind == "texts" else place
        return ([] if by_number and self._kind == "texts" else order), places

    def _renumbered(self, values: NDArray[np.int64]) -> Labels:
        names, places = self._order()
        return Labels(places[values], tuple(names))

    def _matrix_of_lists(self) -> Labels:
        names, places = self._order()
        if self.rows * len(names) > LABELS_BYTES:
            raise InputError(
                f"{self.where}: {len(names):,} different labels for {self.rows:,} rows would take "
                f"{gibibytes(self.rows * len(names))} of memory (allowed: at most {gibibytes(LABELS_BYTES)})"
            )
        matrix = np.zeros((self.rows, max(1, len(names))), np.uint8)
        rows = np.repeat(np.arange(self.rows), np.concatenate(self._lengths))
        matrix[rows, places[np.concatenate(self._blocks)]] = 1
        return Labels(matrix, tuple(names))


def _array(block: Any) -> NDArray[Any]:
    if isinstance(block, np.ndarray):
        return block
    if any(isinstance(each, list | tuple | set | frozenset | np.ndarray) for each in block):
        array = np.empty(len(block), object)
        array[:] = [list(each) for each in block]
        return array
    return np.asarray(block)


def _is_number(text: str) -> bool:
    """Return whether a label is a whole number in its usual form: 01 and 1 are different texts and different labels."""
    return text.isascii() and text.isdigit() and len(text) <= 15 and (text == "0" or text[0] != "0")


def _decoded(label: Any) -> str:
    return label.decode("utf-8", "replace") if isinstance(label, bytes) else str(label)


def _lists(texts: NDArray[Any], separator: str) -> NDArray[Any]:
    """Return the labels in each text. An empty text has none."""
    split = np.empty(len(texts), object)
    split[:] = [
        [part.strip() for part in _decoded(text).split(separator) if part.strip()] if text is not None else []
        for text in texts.tolist()
    ]
    return split


def _kind_of(array: NDArray[Any]) -> str:
    if array.ndim == 2:
        return "matrix"
    if array.dtype.kind in "iufb":
        return "numbers"
    if array.dtype.kind == "O" and any(isinstance(each, list | tuple | np.ndarray) for each in array):
        return "lists"
    return "texts"
