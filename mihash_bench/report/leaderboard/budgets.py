"""How many parameter sets tuning has tried, as the sweep files of tuned runs record it."""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.report.leaderboard.roles import CHOSEN, with_roles
from mihash_bench.store.origin import origin_of
from mihash_bench.store.run_file import read_run

# The part of a sweep file in which ``tune`` records its search, and the number of parameter sets in it.
PART, BUDGET = "tuning", "budget"
NOT_RECORDED = "not recorded"

# The budgets of the runs of a method on a dataset; None where the sweep file does not say it.
_Budgets = Mapping[tuple[str, str, str], set[int | None]]


def budget_lines(runs: pd.DataFrame, folders: int) -> list[str]:
    """Return one line for each dataset with tuned runs: how many parameter sets were tried for which methods.

    runs, folders: see ``roles.with_roles``. Raises InputError, naming ``--tuned``, if methods on one dataset had
    different budgets, and as ``with_roles`` does.
    """
    found = _budgets(with_roles(runs, folders), folders)
    by_dataset: dict[tuple[str, str], dict[int | None, list[str]]] = defaultdict(lambda: defaultdict(list))
    for (setting, dataset, method), budgets in found.items():
        for budget in budgets:
            by_dataset[setting, dataset][budget].append(method)
    return [_line(*where, methods) for where, methods in by_dataset.items()]


def _line(setting: str, dataset: str, methods: Mapping[int | None, list[str]]) -> str:
    recorded = {budget: names for budget, names in methods.items() if budget is not None}
    texts = [f"{budget} parameter sets for each of {', '.join(names)}" for budget, names in sorted(recorded.items())]
    if len(recorded) > 1:
        raise InputError(
            f"--tuned: unequal budgets on {dataset} ({setting}): {'; '.join(texts)} (allowed: the same for all methods)"
        )
    unknown = [f"{NOT_RECORDED} for {', '.join(methods[None])}"] if None in methods else []
    return f"{dataset}: {'; '.join([*texts, *unknown])}"


def _budgets(runs: pd.DataFrame, folders: int) -> _Budgets:
    if "copies" not in runs:
        return {}
    found: dict[tuple[str, str, str], set[int | None]] = defaultdict(set)
    chosen = runs[runs[CHOSEN]].drop_duplicates(["setting", "dataset", "method", "bits", "trigger"])
    for run in chosen.sort_values(["setting", "dataset", "method", "bits"]).to_dict("records"):
        tuned = [path for folder, path in run["copies"] if folder >= folders]
        if tuned:
            found[run["setting"], run["dataset"], run["method"]].add(_budget(tuned[0]))
    return found


def _budget(path: Path) -> int | None:
    """Return the budget that the sweep file of a run records, or None if it records none."""
    facts: Mapping[str, Any] = {}
    with suppress(InputError):  # a file that was replaced or removed meanwhile
        facts = origin_of(read_run(path))
    return next(_recorded(facts), None)


def _recorded(facts: Mapping[str, Any]) -> Iterator[int]:
    for each in facts.get("sweep_files", []):
        part: Any = {}
        with suppress(tomllib.TOMLDecodeError):  # a text that was too long to be kept whole
            part = tomllib.loads(str(each.get("text", ""))).get(PART)
        if isinstance(part, Mapping) and type(part.get(BUDGET)) is int:
            yield part[BUDGET]
