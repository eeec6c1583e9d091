"""Pairing the runs of two results folders, and the reasons why some of them cannot be compared."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import pandas as pd

from mihash_bench.report.data.selection import comparable
from mihash_bench.report.data.statistics import TITLES, final
from mihash_bench.settings.base import read_config
from mihash_bench.store.results import Results
from mihash_bench.sweeps.naming import defaults_claimed
from mihash_bench.sweeps.task import series_label

# What two runs must share to be rows of one pair, besides their conditions.
NAME = ("setting", "dataset", "bits", "method", "variant", "trigger")
SHOWN = [*NAME, *TITLES]
_DIGITS = 8


class Conditions(NamedTuple):
    """What must agree for two runs to be comparable: all of their protocol, their data, and the metric's own code."""

    protocol: str
    data: str
    code: str


@dataclass(frozen=True)
class Group:
    """The finished runs of one row of a table. shown: the names of the row. runs: key and final metric by trial."""

    shown: Mapping[str, Any]
    runs: dict[int, tuple[str, float]]


Groups = Mapping[tuple[Any, ...], Mapping[Conditions, Group]]


@dataclass(frozen=True)
class Pair:
    """Two groups that can be compared. trials: those that both have."""

    label: str
    first: Group
    second: Group
    trials: Sequence[int]


def paired(first: Results, second: Results, metric: str) -> tuple[list[Pair], list[str]]:
    """Return the pairs of two results folders, A and B, and one line for all runs that are in no pair.

    Runs are paired by setting, dataset with its parameters, code length, method, variant and trigger, then by their
    conditions, and at last by trial. Conditions are read from the configs, because a folder names a run's protocol only
    as far as it differs from what other runs of that folder call the default.
    """
    ours, theirs = _groups(first, metric), _groups(second, metric)
    pairs: list[Pair] = []
    lines: list[str] = []
    for name in dict.fromkeys([*ours, *theirs]):
        label = series_label(dict(zip(NAME, name, strict=True)))
        here, there = ours.get(name, {}), theirs.get(name, {})
        lines += [f"{label}: {reason}" for reason in _without_partner(here, there)]
        for group, other in ((here[each], there[each]) for each in here if each in there):
            trials = sorted(group.runs.keys() & other.runs.keys())
            if trials:
                pairs.append(Pair(label, group, other, trials))
            else:
                lines.append(f"{label}: no common trials (A: {_listed(group.runs)}; B: {_listed(other.runs)})")
    return pairs, lines


def _groups(loaded: Results, metric: str) -> Groups:
    """Return the finished runs that have the metric, by name and conditions."""
    rows = final(comparable(of_latest_code(loaded.frame), every_code=True), metric)
    about = loaded.runs.set_index("key").loc[rows["key"]]
    triggers, digests = rows["trigger"], about["dataset_digest"]
    columns = [about[name] for name in NAME[:-1]]
    names = zip(*columns, triggers, strict=True)
    codes = [json.loads(text).get(metric, "") for text in about["metric_code"]]
    conditions = map(Conditions, map(_whole_protocol, about["config"]), digests, codes)
    found: dict[tuple[Any, ...], dict[Conditions, Group]] = {}
    for name, condition, row in zip(names, conditions, rows.to_dict("records"), strict=True):
        group = found.setdefault(name, {}).setdefault(condition, Group({each: row[each] for each in SHOWN}, {}))
        group.runs[int(row["trial"])] = str(row["key"]), float(row[metric])
    return found


def of_latest_code(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of runs made by that code of a plug-in which made the run that started last.

    Whether this code is the one that is loaded here does not matter: folders are compared to see what a change did.
    """
    owners = ["setting", "method", "dataset"]
    done = frame[frame["status"] == "done"]
    latest = done.sort_values("started", kind="stable").drop_duplicates(owners, keep="last")
    pairs = set(latest[[*owners, "code"]].itertuples(index=False, name=None))
    return done[[row in pairs for row in done[[*owners, "code"]].itertuples(index=False, name=None)]]


@cache
def _whole_protocol(config: str) -> str:
    setting, read = read_config(config)
    return defaults_claimed(read, setting)[0]


def _without_partner(here: Mapping[Conditions, Group], there: Mapping[Conditions, Group]) -> Iterator[str]:
    """Yield why the groups of one name that have no partner have none."""
    ours, theirs = ([each for each in one if each not in other] for one, other in ((here, there), (there, here)))
    for a, b in zip(ours, theirs, strict=False):
        yield _difference(a, b)
    for side, rest in (("A", ours[len(theirs) :]), ("B", theirs[len(ours) :])):
        yield from (f"only in {side}" + (f" with {each.protocol}" if here and there else "") for each in rest)


def _difference(a: Conditions, b: Conditions) -> str:
    if a.protocol != b.protocol:
        ours, theirs = (_options(each.protocol) for each in (a, b))
        names = [name for name in dict.fromkeys([*ours, *theirs]) if ours.get(name) != theirs.get(name)]
        texts = [", ".join(side.get(name, f"default {name}") for name in names) for side in (ours, theirs)]
        return f"other protocol (A: {texts[0]}; B: {texts[1]})"
    if a.data != b.data:
        return f"other data (digest {a.data[:_DIGITS]} in A, {b.data[:_DIGITS]} in B)"
    return f"other code of the metric ({a.code[:_DIGITS] or 'none'} in A, {b.code[:_DIGITS] or 'none'} in B)"


def _options(protocol: str) -> dict[str, str]:
    """Return the parts of a protocol, such as ``seed=1``, by the names of their options."""
    return {part.partition("=")[0]: part for part in protocol.split(",") if part}


def _listed(trials: Mapping[int, Any]) -> str:
    return ", ".join(map(str, sorted(trials)))
