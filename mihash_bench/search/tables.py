"""The tables of search engines: what queries get, and what rebuilding costs."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from mihash_bench.report.tables.build import arranged
from mihash_bench.report.tables.caption import spread_of
from mihash_bench.report.tables.layout import BITS, DATASET, METHOD, Field, Layout, PanelPlan
from mihash_bench.report.tables.measures import Line, Measure, Reader, ratio, statistic
from mihash_bench.report.tables.model import Cell, Table
from mihash_bench.search.frames import QUANTITIES, REBUILDING, means

ENGINE = Field("Index", "engine_title", identity=("index",))
EFFORT = Field("Effort", "effort_title", identity=("effort",))
# How the seconds of one build are measured.
BUILD_SECONDS = "the processor time of one build from the codes at its end"
MILLISECOND, MICROSECOND, MIB = 1e-3, 1e-6, 2.0**20
PERCENT = 0.01


def searched_table(frame: pd.DataFrame) -> list[Table]:
    """Return the tables of what queries get, for rows of ``frames.measured_frame``."""
    summary = means(frame, ["index", "engine_title", "effort", "effort_title"], QUANTITIES)
    summary = summary.assign(metric="search")
    measures = (
        Measure("Recall", statistic("feature_recall"), decimals=3, brief=True, optional=True),
        Measure("Recall of codes", statistic("code_recall"), decimals=3),
        Measure("Precision", statistic("precision"), decimals=3, brief=True),
        Measure("Queries/s", statistic("queries_per_second"), brief=True),
        Measure("p50 (us)", statistic("p50_s", unit=MICROSECOND), decimals=1),
        Measure("p99 (us)", statistic("p99_s", unit=MICROSECOND), decimals=1),
        Measure("Candidates", statistic("candidates")),
        Measure("Look-ups", statistic("lookups"), decimals=1, optional=True),
        Measure("Empty look-ups (%)", statistic("empty", unit=PERCENT), decimals=1, optional=True),
        Measure("Unanswered (%)", statistic("unanswered", unit=PERCENT), decimals=1),
        Measure("Skew", statistic("skew"), decimals=2, optional=True),
        Measure("Build (ms)", statistic("build_s", unit=MILLISECOND), decimals=1),
        Measure("MiB", statistic("bytes", unit=MIB), decimals=2),
    )
    k = f"{int(frame['k'].max()):,}"
    what = f"Nearest {k} codes of {numbers_of_queries(frame)} in real indexes, {how(frame)}"
    return arranged(summary, _layout("search", measures, what, labels=(METHOD, ENGINE, EFFORT)))


def rebuilding_table(frame: pd.DataFrame, metric: str) -> list[Table]:
    """Return the tables of what rebuilding costs and what an old table loses, of ``frames.rebuilding_frame``."""
    summary = means(frame, ["index", "engine_title"], REBUILDING).assign(metric=metric)
    measures = (
        Measure("Build (s)", _either("build_s"), decimals=4),
        Measure("Updates, off", statistic("updates", trigger="off"), decimals=1),
        Measure("Updates, on", statistic("updates", trigger="on"), decimals=1),
        Measure("Off (s)", statistic("rebuild_s", trigger="off"), decimals=3, brief=True),
        Measure("On (s)", statistic("rebuild_s", trigger="on"), decimals=3, brief=True),
        Measure("off / on", ratio("rebuild_s", "off", "on", least=1e-9), decimals=1),
        Measure("Coding, off (s)", statistic("table_s", trigger="off"), decimals=3),
        Measure("Coding, on (s)", statistic("table_s", trigger="on"), decimals=3),
        Measure("AUC, off", statistic("auc", trigger="off"), decimals=4),
        Measure("AUC, on", statistic("auc", trigger="on"), decimals=4),
        Measure("AUC lost", _lost("auc"), decimals=4, signed=True, brief=True),
        Measure("Largest loss", statistic("worst", trigger="on"), decimals=4, signed=True),
        Measure("{metric} lost at the end", _lost("final"), decimals=4, signed=True),
    )
    what = (
        f"When to update, in seconds: rebuilding the index at each table update of a stream, with Trigger Update off "
        f"and on (Off, On), and what queries lose in {metric} because their table is older; updates times "
        f"{BUILD_SECONDS}, {how(frame)}; AUC: area under the curve of {metric} over examples, divided by the range of "
        f"examples"
    )
    return arranged(summary, _layout("rebuilding", measures, what, labels=(METHOD, ENGINE), series=False))


def _layout(
    name: str, measures: Sequence[Measure], what: str, labels: tuple[Field, ...], *, series: bool = True
) -> Layout:
    return Layout(
        name, lambda costs: [PanelPlan("", measures)], partial(_caption, what), keys=(DATASET, BITS), labels=labels,
        series=series,
    )  # fmt: skip


def _caption(what: str, layout: Layout, measures: Sequence[Measure], part: pd.DataFrame) -> str:
    return f"{what}; {spread_of(part)}"


def numbers_of_queries(frame: pd.DataFrame) -> str:
    """Return how many queries were asked, on each dataset if their numbers differ."""
    numbers: dict[str, list[str]] = {}
    for count, title in dict.fromkeys(zip(frame["queries"], frame["dataset_title"], strict=True)):
        numbers.setdefault(f"{int(count):,} queries", []).append(str(title))
    if len(numbers) == 1:
        return next(iter(numbers))
    return " and ".join(f"{count} ({', '.join(titles)})" for count, titles in numbers.items())


def how(frame: pd.DataFrame) -> str:
    """Return with which software, and on how many cores, something was measured."""
    software = " and ".join(sorted(set(frame["software"])))
    pinned = ", pinned to one core" if frame["pinned"].all() else ""
    return f"{software}, one thread{pinned}"


def _either(name: str) -> Reader:
    """Read a statistic of the trigger off, or on where there is no run with the trigger off."""
    off, on = statistic(name, trigger="off"), statistic(name, trigger="on")
    return lambda line: off(line) if off(line).value is not None else on(line)


def _lost(name: str) -> Reader:
    """Read the mean with the trigger off minus that with the trigger on."""
    off, on = statistic(name, trigger="off"), statistic(name, trigger="on")

    def read(line: Line) -> Cell:
        before, after = off(line).value, on(line).value
        return Cell(None if before is None or after is None else before - after)

    return read
