"""The comparison of two results folders."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from mihash_bench.errors import InputError, shown, unknown
from mihash_bench.metrics.base import higher_is_better
from mihash_bench.parameters import Real
from mihash_bench.report.data.differences import differences, worse
from mihash_bench.report.data.pairing import paired
from mihash_bench.report.data.selection import comparable
from mihash_bench.report.data.statistics import metric_columns
from mihash_bench.report.folder import Complain, load_reportable
from mihash_bench.store.layout import check_is_folder
from mihash_bench.store.results import Results
from mihash_bench.sweeps.task import series_label


def compare_folders(
    a: Path, b: Path, metrics: Sequence[str] | None, complain: Complain, *, strict: bool = False
) -> pd.DataFrame:
    """Return one row for each metric and each pair of runs of two results folders; see ``data.differences``.

    metrics: None for the first metric that both folders have. complain: is given one line for each file that cannot be
    used and for all runs that cannot be compared. strict: raise InputError for the first of them. Raises InputError if
    nothing can be compared.
    """
    for name, folder in (("A", a), ("B", b)):
        check_is_folder(folder, name)
    first, second = (load_reportable(folder, complain, strict=strict, every_code=True) for folder in (a, b))
    chosen = _metrics(first, second, metrics, a, b)
    parts, lines = [], []
    for metric in chosen:
        pairs, without = paired(first, second, metric)
        rows, others = differences(pairs, metric, first, second)
        parts.append(rows)
        lines += [*without, *others]
    lines = list(dict.fromkeys(lines))
    if strict and lines:
        number = "1 row" if len(lines) == 1 else f"{len(lines)} rows"
        raise InputError(f"--strict: {number} cannot be compared, the first: {lines[0]}")
    for line in lines:
        complain(f"not compared: {line}")
    frame = pd.concat(parts, ignore_index=True)
    if frame.empty:
        raise InputError(f"A, B: no run of {a} can be compared with one of {b} (allowed: runs that share all but code)")
    return frame


def _metrics(first: Results, second: Results, metrics: Sequence[str] | None, a: Path, b: Path) -> Sequence[str]:
    """Return the metrics to compare. Raises InputError if a folder has no finished run, or none with a metric."""
    known = []
    for loaded, folder in ((first, a), (second, b)):
        if not loaded.runs["status"].eq("done").any():
            raise InputError(f"{folder}: it has no finished run (`mihash-bench run -o {folder}` makes some)")
        known.append(metric_columns(comparable(loaded.frame, every_code=True)))
    common = [metric for metric in known[0] if metric in known[1]]
    if not common:
        has = [", ".join(each) for each in known]
        raise InputError(f"--metric: the folders have no metric in common (A: {has[0]}; B: {has[1]})")
    for metric in metrics or ():
        if metric not in common:
            raise unknown("--metric", metric, common)
    return metrics or common[:1]


def check_amount(amount: float) -> None:
    """Raise InputError, naming ``--fail-if-worse``, if an amount is not allowed."""
    if not Real(0).allows(amount):
        raise InputError(f"--fail-if-worse: {shown(amount)} is not allowed (allowed: {Real(0)})")


def worse_lines(frame: pd.DataFrame, by_more_than: float) -> list[str]:
    """Return one line for each row in which B is worse than A by more than some amount of the metric.

    Raises InputError if it is not known whether larger values of the metric are better.
    """
    for metric in dict.fromkeys(frame["metric"]):
        if higher_is_better(metric) is None:
            raise InputError(
                f"--fail-if-worse: whether a larger {metric} is better is not known (allowed: together with the "
                f"--plugin that defines it)"
            )
    return [
        f"worse: {series_label(row)}: {row['metric']} {row['a_mean']:.4f} in A, {row['b_mean']:.4f} in B "
        f"({row['difference']:+.4f}, allowed: worse by up to {by_more_than:g})"
        for row in worse(frame, by_more_than).to_dict("records")
    ]
