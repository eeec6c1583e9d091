"""Runs of plug-ins whose code has changed: only those of the current code belong in a report."""

from collections import Counter
from typing import Any

import pandas as pd

from mihash_bench.sweeps.code import known_code
from mihash_bench.sweeps.metric_code import METRIC_CODE, codes_in, is_older
from mihash_bench.sweeps.owners import others_in

_OWNERS = ["setting", "method", "dataset", "others"]
_NAMED = ["setting", "method", "code"]
_DIGITS = 8


def is_current(runs: pd.DataFrame) -> "pd.Series[bool]":
    """Return which runs were made by the current code of their method, dataset and setting.

    runs: rows with the names, ``code`` and ``started``. The current code is that which is loaded or installed. If it
    is not, it is the code of the run that started last.
    """
    if runs.empty:
        return runs["code"].eq("")
    runs = _with_others(runs)
    number = runs.groupby(_OWNERS, sort=False).ngroup().to_numpy()
    owners = runs[_OWNERS].drop_duplicates().itertuples(index=False, name=None)
    current_of = _current_of(runs)
    current = pd.array([current_of[each] for each in owners])[number]
    return runs["code"].eq(pd.Series(current, runs.index))


def _with_others(runs: pd.DataFrame) -> pd.DataFrame:
    return runs.assign(others=runs["protocol"].map(others_in))


def _current_of(runs: pd.DataFrame) -> dict[tuple[Any, ...], str]:
    latest = runs.sort_values("started", kind="stable").drop_duplicates(_OWNERS, keep="last")
    current = {}
    kinds = latest.assign(dataset_is="") if "dataset_is" not in latest else latest
    for *owners, kind, code in kinds[[*_OWNERS, "dataset_is", "code"]].itertuples(index=False):
        setting, method, dataset, others = owners
        known = known_code(setting, method, dataset, kind, others)
        current[tuple(owners)] = code if known is None else known
    return current


def of_current_code(runs: pd.DataFrame, known: "pd.Series[bool]") -> "pd.Series[bool]":
    """Return which runs are no finished ones of older code. known: which runs have a setting that is installed."""
    shown = ~known | (runs["status"] != "done")
    current = is_current(runs[~shown])
    return shown | current.reindex(runs.index, fill_value=False)


def older_code(runs: pd.DataFrame) -> list[str]:
    """Return one line for each method and code of which finished runs are not shown because the code has changed."""
    done = runs[runs["status"] == "done"]
    older = done[~is_current(done)]
    lines = []
    for (setting, method, code), number in Counter(zip(*(older[name] for name in _NAMED), strict=True)).items():
        made = f"code {code[:_DIGITS]}" if code else "code that was not recorded"
        runs_of = f"{number} {'run' if number == 1 else 'runs'}"
        lines.append(f"{runs_of} of {method} ({setting}) made by older {made}; --code all shows them")
    return lines


def older_metrics(runs: pd.DataFrame) -> list[str]:
    """Return one line for each metric of which finished runs have only values that older code has measured."""
    done = runs[runs["status"] == "done"]
    counts: Counter[str] = Counter()
    for (text, metrics), number in Counter(zip(done["metric_code"], done["metrics"], strict=True)).items():
        measured = metrics.split(",")
        for name, digest in codes_in({METRIC_CODE: text}).items():
            counts[name] += number if name not in measured and is_older(name, digest) else 0
    return [
        f"{name} of {number} {'run' if number == 1 else 'runs'}, measured by older code of the metric; "
        f"`mihash-bench run --metric {name}` measures it again"
        for name, number in counts.items()
        if number
    ]


def with_code_variants(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs with ``code=`` and the beginning of the digest in the variant, where there are several codes."""
    several = _with_others(runs).groupby(_OWNERS)["code"].transform("nunique") > 1
    text = "code=" + runs["code"].str[:_DIGITS].where(runs["code"] != "", "unknown")
    joined = text.where(runs["variant"] == "", runs["variant"] + "," + text)
    return runs.assign(variant=runs["variant"].mask(several, joined))
