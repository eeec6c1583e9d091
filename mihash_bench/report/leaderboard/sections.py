"""The sections of a leaderboard, one for each setting and dataset that may be compared."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from mihash_bench.report.data.front import has_front
from mihash_bench.report.leaderboard.entries import Entries
from mihash_bench.report.leaderboard.picture import with_front_of
from mihash_bench.report.leaderboard.sources import STAND_IN, stand_in_note
from mihash_bench.report.leaderboard.tables import board_tables, front_tables, tuned_tables, with_tuned_names
from mihash_bench.report.tables.model import Table
from mihash_bench.report.titles import dashed


@dataclass(frozen=True)
class Section:
    """What is shown of one setting and dataset.

    note: what the data stand in for, or "". name: of its figure, different from those of the other sections. last: the
    last checkpoint of each run, for the figure; none if there is no front. keys: of all its runs.
    """

    title: str
    note: str
    name: str
    board: Table
    front: list[Table]
    tuned: list[Table]
    last: pd.DataFrame
    keys: tuple[str, ...]
    trials: int


def sections_of(entries: Entries) -> list[Section]:
    """Return the sections in the order of the summary."""
    names: dict[str, int] = {}
    return [_section(entries, part, names) for part in _parts(entries.summary)]


def _parts(summary: pd.DataFrame) -> Iterator[pd.DataFrame]:
    yield from (part for _, part in summary.groupby(["setting", "dataset"], sort=False))


def _section(entries: Entries, part: pd.DataFrame, names: dict[str, int]) -> Section:
    first = part.iloc[0].to_dict()
    last = with_front_of(entries.last, part)
    tuned = entries.tuned
    here = tuned[(tuned["setting"] == first["setting"]) & (tuned["dataset"] == first["dataset"])]
    [board] = board_tables(with_tuned_names(part))
    note = stand_in_note(first)
    return Section(
        title=f"{first['dataset_title']}{f' [{STAND_IN}]' if note else ''}", note=note,
        name=_name(str(first["dataset"]), names), board=board, front=front_tables(with_tuned_names(part)),
        tuned=tuned_tables(here), last=last if has_front(last) else last[:0], keys=tuple(sorted(last["key"])),
        trials=int(part["trials"].max()),
    )  # fmt: skip


def _name(dataset: str, names: dict[str, int]) -> str:
    """Return the name of the dataset, with a number from the second section of this name on."""
    name = dashed(dataset.partition(" (")[0])
    names[name] = names.get(name, 0) + 1
    return name if names[name] == 1 else f"{name}-{names[name]}"
