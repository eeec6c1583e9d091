"""Where the parameters of the runs of a leaderboard come from."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.report.data.selection import GROUP

ROLE = "parameters"
DEFAULTS, GIVEN, TUNED = "defaults", "as given", "tuned"
# What is added to the first two if tuning has chosen these parameters.
AND_TUNED = f" and {TUNED}"
# Whether the parameters of a run are those that tuning has chosen, which may be the defaults.
CHOSEN = "chosen"

_METHOD = ["setting", "dataset", "bits", "method", "trigger"]


def with_roles(runs: pd.DataFrame, folders: int) -> pd.DataFrame:
    """Return comparable runs with the columns ``ROLE`` and ``CHOSEN``.

    folders: the number of folders that are not declared to contain tuned runs; ``runs`` has the column ``folders`` of
    ``store.results.joined`` if there are others. A run is tuned if a folder of tuned runs has it, and if its method ran
    with other parameters in the others. Raises InputError, naming ``--tuned``, if it is not clear what was tuned.
    """
    untuned = runs["variant"].map(lambda variant: GIVEN if variant else DEFAULTS)
    if "folders" not in runs:
        return runs.assign(**{ROLE: untuned, CHOSEN: pd.Series(data=False, index=runs.index)})
    elsewhere = runs["folders"].map(lambda numbers: min(numbers) < folders)
    declared = runs["folders"].map(lambda numbers: max(numbers) >= folders)
    _check(runs[elsewhere], runs[declared])
    known, chosen = set(_tuples(runs[elsewhere], GROUP)), set(_tuples(runs[declared], GROUP))
    series = list(_tuples(runs, GROUP))
    is_known = pd.Series([each in known for each in series], runs.index)
    is_chosen = pd.Series([each in chosen for each in series], runs.index)
    # Of parameters that are in both, further trials of the tuned ones would make the two unequal.
    kept = elsewhere | ~is_known
    roles = (untuned + is_chosen.map({True: AND_TUNED, False: ""})).where(is_known, TUNED)
    return runs.assign(**{ROLE: roles, CHOSEN: is_chosen})[kept]


def _check(others: pd.DataFrame, declared: pd.DataFrame) -> None:
    """Raise InputError if tuned runs have no counterpart, or if a method has several sets of tuned parameters."""
    known = set(_tuples(others, ["setting", "dataset"]))
    for setting, dataset in dict.fromkeys(_tuples(declared, ["setting", "dataset"])):
        if (setting, dataset) not in known:
            allowed = ", ".join(sorted(f"{name} ({kind})" for kind, name in known)) or "none, as there is no run"
            raise InputError(
                f"--tuned: it has runs of {dataset} ({setting}), to which RESULTS has none that is comparable "
                f"(allowed: the datasets, protocols, policies and budgets of RESULTS: {allowed})"
            )
    for (_, dataset, bits, method, trigger), part in declared.groupby(_METHOD, sort=False):
        if part["variant"].nunique() > 1:
            when = f", trigger {trigger}" if trigger else ""
            sets = "; ".join(text or "defaults" for text in sorted(part["variant"].unique()))
            raise InputError(
                f"--tuned: {method} has several sets of parameters on {dataset} at {bits} bits{when}: {sets} "
                f"(allowed: one, which was chosen before)"
            )


def _tuples(runs: pd.DataFrame, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(runs[name].tolist() for name in columns), strict=True)
