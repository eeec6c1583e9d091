"""The entries of a leaderboard: methods with their parameters and trigger, compared where that is fair."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from mihash_bench.report.data.choice import Choice
from mihash_bench.report.data.differences import differences
from mihash_bench.report.data.front import with_front
from mihash_bench.report.data.pairing import SHOWN, Group, Pair
from mihash_bench.report.data.ranks import with_ranks
from mihash_bench.report.data.selection import GROUP
from mihash_bench.report.data.statistics import final
from mihash_bench.report.data.summary import summary_of
from mihash_bench.report.leaderboard.roles import CHOSEN, ROLE, TUNED, with_roles
from mihash_bench.report.leaderboard.sources import LEARNS_FROM, known_labels, learns_from
from mihash_bench.report.tables.measures import FINAL
from mihash_bench.store.results import Results
from mihash_bench.sweeps.task import series_label

COST = "bit_recomputations"
# What tells the entries of a method apart: its variant, or the word for tuned parameters.
ENTRY = "entry"


@dataclass(frozen=True)
class Entries:
    """The entries of one metric.

    summary: one row for each entry and code length; see ``statistics.summary``, ``comparisons``, ``ranks`` and
    ``front``. last: the last checkpoints of their runs. tuned: the rows of ``data.differences`` between the defaults,
    A, and the tuned parameters, B. left_out: one line for each thing that is not compared.
    """

    metric: str
    summary: pd.DataFrame
    last: pd.DataFrame
    tuned: pd.DataFrame
    left_out: list[str]


def entries_of(
    loaded: Results, runs: pd.DataFrame, metric: str, folders: int = 1, *, one_tuned: bool = False
) -> Entries:
    """Return the entries of comparable runs that have a metric.

    folders: the number of folders without tuned runs; see ``with_roles``. one_tuned: the tuned parameters of a method
    are one entry, although they may differ between code lengths. An entry with fewer trials than others on its dataset
    is left out, because its mean and the test would be of other streams. Raises InputError as ``with_roles`` does.
    """
    runs = with_roles(runs, folders)
    every = final(loaded.last_rows(runs), metric)
    without = len(runs) - every["key"].nunique()
    complete, lines = _complete(every)
    last = _with_facts(every[complete], runs)
    kept = runs[runs["key"].isin(last["key"])]
    summary = summary_of(loaded.last_rows(kept), [metric], loaded)
    summary = _with_facts_of_groups(summary, last)
    summary[ENTRY] = summary["variant"].where(~(one_tuned & (summary[ROLE] == TUNED)), TUNED)
    summary = with_ranks(summary, metric, FINAL.decimals or 0, ["method", ENTRY, "trigger"])
    summary = with_front(summary, metric, COST)
    tuned, unpaired = _beside_defaults(last, metric, loaded)
    missing = [f"{without} runs, which do not have {metric}"] if without else []
    return Entries(metric, summary, last, tuned, [*missing, *lines, *unpaired])


def _complete(last: pd.DataFrame) -> tuple["pd.Series[bool]", list[str]]:
    """Return which runs belong to an entry with all trials, and one line for each entry that has not."""
    own = last.groupby(GROUP, sort=False)["trial"].transform(lambda each: str(sorted(set(each))))
    trials = last.groupby(GROUP, sort=False)["trial"].transform("nunique")
    most = trials.groupby([last["setting"], last["dataset"]]).transform("max")
    # Other trials are other streams, of which most entries have had the same.
    usual = own.where(trials == most).groupby([last["setting"], last["dataset"]]).transform(lambda each: each.mode()[0])
    others = last.assign(own=own)[(trials == most) & (own != usual)].drop_duplicates(GROUP)
    partial = last.assign(trials=trials, most=most)[trials < most].drop_duplicates(GROUP)
    lines = [f"{series_label(row)}: {row['trials']} of {row['most']} trials" for row in partial.to_dict("records")]
    lines += [f"{series_label(row)}: trials {row['own']}, which are others" for row in others.to_dict("records")]
    return (trials == most) & (own == usual), lines


def _with_facts(last: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return checkpoints with what is known about their runs, and names that say which parameters are tuned."""
    about = runs.set_index("key").loc[last["key"]]
    labels = known_labels(runs)
    names = zip(about["setting"], about["method"], about["dataset"], strict=True)
    learned = [learns_from(setting, method, labels[setting, dataset]) for setting, method, dataset in names]
    facts: dict[str, Any] = {name: about[name].to_numpy() for name in (ROLE, CHOSEN)}
    return last.assign(**facts, **{LEARNS_FROM: learned})


def _with_facts_of_groups(summary: pd.DataFrame, last: pd.DataFrame) -> pd.DataFrame:
    facts = last.drop_duplicates(GROUP)[[*GROUP, ROLE, LEARNS_FROM]]
    return summary.merge(facts, on=GROUP, how="left", validate="one_to_one")


def _beside_defaults(last: pd.DataFrame, metric: str, loaded: Results) -> tuple[pd.DataFrame, list[str]]:
    """Return ``differences`` of the chosen parameters to the others of their method, and what cannot be compared."""
    groups = {tuple(name): part for name, part in last.groupby(GROUP, sort=True)}
    chosen = [part for part in groups.values() if part[CHOSEN].iloc[0]]
    pairs, lines = [], []
    for part in chosen:
        other = _other(part, list(groups.values()))
        if other is None:
            lines.append(f"{_label(part)}: no single run with defaults to put the tuned parameters beside")
        else:
            first, second = _group(part, other, metric), _group(part, part, metric)
            pairs.append(Pair(_label(part), first, second, sorted(first.runs)))
    rows, others = differences(pairs, metric, loaded, loaded)
    return rows, [*lines, *others]


def _label(part: pd.DataFrame) -> str:
    return series_label(part.iloc[0].to_dict())


def _other(part: pd.DataFrame, groups: list[pd.DataFrame]) -> pd.DataFrame | None:
    """Return the runs of the same method that are not tuned: with the defaults, else with the only other parameters."""
    where = [name for name in GROUP if name != "variant"]
    of_method = [each for each in groups if all(each[name].iloc[0] == part[name].iloc[0] for name in where)]
    untuned = [each for each in of_method if each[ROLE].iloc[0] != TUNED]
    usual = [each for each in untuned if not each["variant"].iloc[0]]
    if usual:
        return usual[0]
    return untuned[0] if len(untuned) == 1 else None


def _group(named: pd.DataFrame, part: pd.DataFrame, metric: str) -> Group:
    shown = {str(name): value for name, value in named.iloc[0][SHOWN].to_dict().items()}
    values = zip(part["trial"], part["key"], part[metric], strict=True)
    return Group(shown, {int(trial): (str(key), float(value)) for trial, key, value in values})


def named(entries: Entries, choice: Choice) -> Entries:
    """Return entries with the labels of a choice, sorted by it, otherwise by dataset and code length."""
    summary = choice.ordered(entries.summary.sort_values(GROUP, kind="stable", ignore_index=True))
    places = summary["place"]
    named = choice.named(summary).assign(place=places)
    return replace(entries, summary=named, last=choice.named(entries.last), tuned=choice.named(entries.tuned))
