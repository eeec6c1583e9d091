"""Writing the HTML report of a results folder."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.report.data.choice import EVERYTHING, Choice
from mihash_bench.report.data.reference import Reference
from mihash_bench.report.data.selection import settings_in
from mihash_bench.report.data.statistics import auc_of_curves, metric_columns
from mihash_bench.report.data.summary import summary_of
from mihash_bench.report.folder import (
    Complain,
    MadeBy,
    Wanted,
    comparable_runs,
    load_reportable,
    making_of,
    write_output,
)
from mihash_bench.report.html.curves import axes_of, views_of
from mihash_bench.report.html.failures import failures_of
from mihash_bench.report.html.leaderboard import board_of
from mihash_bench.report.html.numbers import Numbers
from mihash_bench.report.html.page import page
from mihash_bench.report.html.plotly import plotly_script
from mihash_bench.report.html.queries import queries_of
from mihash_bench.report.html.series import PANEL, choices_of, metrics_of
from mihash_bench.report.html.tables import tables_of_summary, updates_tables
from mihash_bench.report.html.triggers import triggers_of
from mihash_bench.report.leaderboard.folders import check_folders
from mihash_bench.report.making import made_text
from mihash_bench.report.write import check_reportable
from mihash_bench.store.results import Results


def write_html(
    results: Path,
    output: Path,
    complain: Complain,
    *,
    strict: bool = False,
    every_code: bool = False,
    made_by: MadeBy = None,
    choice: Choice = EVERYTHING,
    tuned: Sequence[Path] = (),
    reference: Wanted = None,
) -> Path:
    """Write one HTML file with the curves, tables and failures of a results folder, and return its path.

    choice: the runs that are shown. tuned: folders of runs whose parameters were tuned, which are shown as well, and
    called so in the leaderboard. reference: a line in each figure, and a note of each table. made_by: what the page
    says about how it was made; None for nothing. The file appears complete or not at all. Raises InputError if plotly
    is missing, if there is no finished run, if tuned runs are not comparable with the others, or if the file cannot be
    written.
    """
    library = plotly_script()
    check_folders([results], tuned)
    lines: list[str] = []

    def left_out(line: str) -> None:
        lines.append(line)
        complain(line)

    loaded = load_reportable(results, left_out, strict=strict, every_code=every_code, beside=tuned)
    runs = comparable_runs(loaded, every_code=every_code)
    check_reportable(loaded.last_rows(runs), (), results, "RESULTS")
    runs = choice.of(runs)
    contents, data = _parts(loaded, runs, choice, Reference(*reference, loaded.runs) if reference else None)
    contents |= {
        "failures": [list(each) for each in failures_of(loaded, results, lines, complain)],
        "counts": loaded.runs["status"].value_counts().to_dict(), "made": _made(made_by, loaded, runs, output.name),
    }  # fmt: skip
    text = page(contents, data, library)
    write_output(output, lambda file: file.write(text.encode()))
    return output


def _parts(
    loaded: Results, runs: pd.DataFrame, choice: Choice, reference: Reference | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the template shows, and the data of the script."""
    numbers, named = Numbers(), choice.named(runs)
    frame, last, choices = (
        loaded.rows(named),
        loaded.last_rows(named),
        choices_of(choice.ordered(named.sort_values(PANEL, kind="stable"))),
    )
    metrics = metric_columns(last)
    areas = partial(auc_of_curves, runs["key"].tolist(), loaded.curves.take(runs.index.to_numpy()))
    plain_rows = loaded.last_rows(runs)
    summary = summary_of(plain_rows, metrics, loaded, areas)
    if reference:
        summary = reference.of_groups(summary, plain_rows)
    summary = choice.named(choice.ordered(summary))
    settings = settings_in(last)
    queries = queries_of(last, metrics, loaded, choices, numbers)
    data = {
        "panels": choices.panels, "series": choices.series, "metrics": metrics_of(metrics),
        "settings": [setting.name for setting in settings], "axes": list(axes_of(settings)),
        "views": views_of(frame, metrics, choices, numbers, choice, reference),
        "queries": _sorted(queries),
        "triggers": _sorted(triggers_of(last, loaded, choices, numbers)),
    }  # fmt: skip
    board = board_of(loaded, runs, metrics, choice)
    loaded.derived.save()
    contents = {
        "board": board, "title": _title(last), "tables": tables_of_summary(summary), "updates": updates_tables(summary),
        "metrics": metrics, "per_query": _with_entries(metrics, queries),
        "has_trigger": bool(data["triggers"]),
    }  # fmt: skip
    return contents, {**data, "arrays": numbers.listed()}


def _sorted(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return entries in the order of panels, series and trials."""
    return sorted(entries, key=lambda entry: (entry["panel"], entry["series"], entry.get("trial", 0)))


def _with_entries(metrics: Sequence[str], entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the metrics that have an entry."""
    found = {entry["metric"] for entry in entries}
    return [metric for metric in metrics if metric in found]


def _title(last: pd.DataFrame) -> str:
    return f"Results on {_and(list(last['dataset_title'].unique()))}"


def _and(names: Sequence[str]) -> str:
    *others, end = map(str, names)
    return f"{', '.join(others)} and {end}" if others else end


def _made(made_by: MadeBy, loaded: Results, runs: pd.DataFrame, name: str) -> dict[str, Any] | None:
    making = making_of(made_by, loaded)
    if making is None:
        return None
    facts = making.facts(runs["key"], [name])
    rows = [list(run.values()) for run in facts["runs"]]
    sets = enumerate(", ".join(f"{name} {version}" for name, version in each.items()) for each in _sets(facts))
    return {"text": made_text(facts), "names": list(facts["runs"][0]), "rows": rows, "sets": sets, **facts}


def _sets(facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the versions of the software of the runs; what is not readable is one text."""
    return [each if isinstance(each, Mapping) else {"": each} for each in facts["versions_of_runs"]]
