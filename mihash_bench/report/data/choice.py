"""Which runs a table or a figure shows, in which order, and by which names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError, near_miss, shown

# The columns by which runs are chosen. Their order is that of sorting.
COLUMNS = ("setting", "dataset", "bits", "method", "variant", "trigger")
# A name with its parameters, as tables and figures write it: ``mihash (step_size=0.5)``.
_NAME = re.compile(r"\s*(?P<name>[^\s()=]+)\s*(?P<parameters>\([^()]*\))?\s*")
_LABEL = re.compile(_NAME.pattern + r"=(?P<text>.*)", re.DOTALL)


@dataclass(frozen=True)
class Choice:
    """The values that are shown of each column, in their order, and other names for methods and datasets.

    values: the chosen values by column; a column that is missing is shown as a whole, in the usual order. labels: texts
    by name. A name is that of a method, a dataset, or either with its parameters, such as ``mihash (step_size=0.5)``.
    """

    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the chosen rows of comparable runs, sorted by the chosen settings, datasets and code lengths.

        Raises InputError, naming the option, for a value or a label without a run.
        """
        chosen = pd.Series(data=True, index=rows.index)
        for column, values in self.values.items():
            present = _plain(rows, column)
            self._check(column, present)
            chosen &= present.isin(list(values))
        kept = rows if chosen.all() else rows[chosen]
        if kept.empty and len(rows):
            raise InputError(f"{_flags(self.values)}: no finished run has all of these values (allowed: fewer options)")
        self._check_labels(kept)
        return self.ordered(kept)

    def ordered(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows sorted by the chosen settings, datasets and code lengths, otherwise in their order."""
        sorting = [column for column in COLUMNS[:3] if column in self.values]
        if not sorting:
            return rows
        places = pd.DataFrame({column: self._places(rows, column) for column in sorting}, index=rows.index)
        return rows.loc[places.sort_values(sorting, kind="stable").index]

    def named(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows with their labels: changed titles, and two more columns for the methods.

        ``label`` is the text for a method with these parameters, or "". ``place`` sorts methods, variants and triggers
        as they were chosen; it is the same for all of those whose order was not given.
        """
        if not self.values and not self.labels:
            return rows
        places = pd.DataFrame({name: self._places(rows, name) for name in COLUMNS[3:]}, index=rows.index)
        return rows.assign(
            method_title=[self.labels.get(*pair) for pair in zip(rows["method"], rows["method_title"], strict=True)],
            dataset_title=self._dataset_titles(rows),
            label=[self.labels.get(name, "") for name in _series(rows)],
            place=places.groupby(list(places), sort=True).ngroup(),
        )

    def order(self, column: str, present: Iterable[Any]) -> list[Any]:
        """Return the values of a column in the chosen order, or sorted if none was chosen."""
        values = set(present)
        return [value for value in self.values[column] if value in values] if column in self.values else sorted(values)

    def _places(self, rows: pd.DataFrame, column: str) -> "pd.Series[int]":
        places = {value: place for place, value in enumerate(self.values.get(column, ()))}
        return _plain(rows, column).map(lambda value: places.get(value, len(places)))

    def _dataset_titles(self, rows: pd.DataFrame) -> list[str]:
        """Return the titles of datasets; a label without parameters leaves them behind the title."""
        own = self._labels_with_their_parameters(rows)
        return [self.labels.get(name, title) for name, title in zip(_protocols(rows), own, strict=True)]

    def _labels_with_their_parameters(self, rows: pd.DataFrame) -> list[str]:
        texts = zip(_plain(rows, "dataset"), rows["dataset"], rows["dataset_title"], strict=True)
        return [
            self.labels[name] + str(whole).removeprefix(name) if name in self.labels else str(title)
            for name, whole, title in texts
        ]

    def _check(self, column: str, present: "pd.Series[Any]") -> None:
        known = sorted(set(present))
        for value in self.values[column]:
            if value not in known and len(known):
                near = near_miss(str(value), map(str, known))
                allowed = ", ".join(str(each) or "''" for each in known)
                raise InputError(f"--{column}: {shown(value)} has no finished run{near} (allowed: {allowed})")

    def _check_labels(self, rows: pd.DataFrame) -> None:
        known = {*rows["method"], *_plain(rows, "dataset"), *_series(rows), *_protocols(rows)}
        for name in self.labels:
            if name not in known and len(rows):
                near, allowed = near_miss(name, known), ", ".join(sorted(known))
                raise InputError(f"--label: {shown(name)} is not shown{near} (allowed: {allowed})")


EVERYTHING = Choice()


def parsed_label(text: str) -> tuple[str, str]:
    """Return the name and the text of a label such as ``mihash=Ours`` or ``mihash (step_size=0.5)=Ours``.

    Raises InputError, naming ``--label``, for a text without both.
    """
    found = _LABEL.fullmatch(text)
    if not found or not found["text"].strip():
        raise InputError(f"--label: {shown(text)} (allowed: NAME=TEXT, such as mihash=Ours)")
    parameters = (found["parameters"] or "")[1:-1]
    name = found["name"] if found["parameters"] is None else with_parameters(found["name"], parameters)
    return name, found["text"].strip()


def with_parameters(name: str, parameters: str) -> str:
    """Return a name with its parameters as one text; ``mihash ()`` is the method with its defaults."""
    return f"{name} ({','.join(part.strip() for part in parameters.split(','))})"


def _plain(rows: pd.DataFrame, column: str) -> "pd.Series[Any]":
    """Return a column, the names of datasets without what ``comparable`` appended."""
    return rows[column].str.partition(" (")[0] if column == "dataset" and len(rows) else rows[column]


def _series(rows: pd.DataFrame) -> list[str]:
    """Return the methods with their parameters."""
    return [with_parameters(*pair) for pair in zip(rows["method"], rows["variant"], strict=True)]


def _protocols(rows: pd.DataFrame) -> list[str]:
    """Return the datasets with their parameters, as ``comparable`` appended them."""
    parts = [str(name).partition(" (") for name in rows["dataset"]]
    return [with_parameters(name, rest.removesuffix(")")) for name, _, rest in parts]


def _flags(columns: Iterable[str]) -> str:
    return ", ".join(f"--{column}" for column in columns)
