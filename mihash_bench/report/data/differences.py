"""The differences between two results folders, A and B, with the tests that tables use."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mihash_bench.metrics.base import higher_is_better
from mihash_bench.report.data.comparisons import Runs
from mihash_bench.report.data.pairing import SHOWN, Group, Pair
from mihash_bench.report.data.randomisation import holm
from mihash_bench.report.data.significance import COLUMNS as TESTED
from mihash_bench.report.data.significance import Block, Series, compare

TESTS = ["difference", "ci_low", "ci_high", "effect_size", "p_value", "p_adjusted", "trials_agree", "trials", "queries"]
COLUMNS = ["metric", *SHOWN, "a_mean", "a_sd", "b_mean", "b_sd", *TESTS]
# Differences are rounded to as many digits as in tables, so that equal ones are not told apart by their last digits.
ROUNDING = 1e-12

# The values of this metric are stored for each query of every finished run.
ALWAYS_STORED = "mAP"

_Answers = tuple[Series, Series]


def differences(pairs: Sequence[Pair], metric: str, a: Runs, b: Runs) -> tuple[pd.DataFrame, list[str]]:
    """Return one row for each pair, and one line for each pair whose runs did not answer the same queries.

    Columns: ``a_mean``, ``a_sd``, ``b_mean`` and ``b_sd``, mean and standard deviation (n - 1; NaN for one trial) of
    the final metric over the common trials; ``difference``, B - A; and where all runs store the values of queries the
    results of the tests of ``significance.compare``, with ``p_adjusted`` corrected by Holm's method over all rows.
    ``trials`` is the number of common trials, ``queries`` that of queries with a value.
    """
    stored = [_have_values(pair, metric, a, b) for pair in pairs]
    shown = [metric if has else ALWAYS_STORED for has in stored]
    answers = [_answers(pair, each, a, b) for pair, each in zip(pairs, shown, strict=True)]
    lines = [f"{pair.label}: {_others(pair, each)}" for pair, each in zip(pairs, answers, strict=True)]
    kept = [place for place, pair in enumerate(pairs) if not _others(pair, answers[place])]
    testable = [place for place in kept if stored[place]]
    found = dict(zip(testable, compare(Block(answers[place], 0) for place in testable), strict=True))
    rows = [_row(pairs[place], metric, found.get(place, {}).get(1, [])) for place in kept]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    tested = frame["p_value"].notna()
    frame.loc[tested, "p_adjusted"] = holm(frame.loc[tested, "p_value"].to_numpy(float))
    said = [line for place, line in enumerate(lines) if place not in kept]
    return frame, said


def _have_values(pair: Pair, metric: str, a: Runs, b: Runs) -> bool:
    sides = ((a, pair.first), (b, pair.second))
    return all(runs.has_values(group.runs[trial][0], metric) for runs, group in sides for trial in pair.trials)


def _answers(pair: Pair, metric: str, a: Runs, b: Runs) -> _Answers:
    first, second = (
        Series({trial: runs.values_of_queries(group.runs[trial][0], metric) for trial in pair.trials})
        for runs, group in ((a, pair.first), (b, pair.second))
    )
    return first, second


def _others(pair: Pair, answers: _Answers) -> str:
    """Return in which trials the two did not answer the same queries, or ""."""
    first, second = (each.trials for each in answers)
    others = [str(trial) for trial in pair.trials if not np.array_equal(first[trial][0], second[trial][0])]
    return f"other splits: the queries of trial {', '.join(others)} are not the same" if others else ""


def _row(pair: Pair, metric: str, tested: Sequence[float]) -> dict[str, Any]:
    ours, theirs = (_statistics(group, pair.trials) for group in (pair.first, pair.second))
    row = {"metric": metric, **pair.first.shown, "difference": theirs[0] - ours[0], "trials": len(pair.trials)}
    row |= dict(zip(["a_mean", "a_sd", "b_mean", "b_sd"], [*ours, *theirs], strict=True))
    return row | {name: value for name, value in zip(TESTED, tested, strict=False) if name in TESTS}


def _statistics(group: Group, trials: Sequence[int]) -> tuple[float, float]:
    values = pd.Series([group.runs[trial][1] for trial in trials])
    return float(values.mean()), float(values.std(ddof=1))


def worse(frame: pd.DataFrame, by_more_than: float) -> pd.DataFrame:
    """Return the rows in which B is worse than A by more than some amount, in the unit of the metric.

    B is worse if its mean is smaller, or larger for a metric of which smaller values are better.
    """
    sign = np.array([1 if higher_is_better(metric) else -1 for metric in frame["metric"]])
    chosen = -sign * frame["difference"].to_numpy(float) > by_more_than + ROUNDING
    return frame.loc[pd.Series(chosen, frame.index)]
