"""Writing a leaderboard: a page in Markdown and a figure for each section."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError, unknown
from mihash_bench.report.data.choice import EVERYTHING, Choice
from mihash_bench.report.data.statistics import metric_columns
from mihash_bench.report.folder import Complain, MadeBy, comparable_runs, load_reportable, making_of
from mihash_bench.report.leaderboard.budgets import budget_lines
from mihash_bench.report.leaderboard.entries import Entries, entries_of, named
from mihash_bench.report.leaderboard.folders import check_folders, listed
from mihash_bench.report.leaderboard.origins import made_by as made_by_lines
from mihash_bench.report.leaderboard.origins import software_of
from mihash_bench.report.leaderboard.page import Facts, page_of
from mihash_bench.report.leaderboard.picture import ENDING, draw_front
from mihash_bench.report.leaderboard.sections import Section, sections_of
from mihash_bench.report.making import write_provenance
from mihash_bench.report.together import write_together
from mihash_bench.report.write import check_reportable
from mihash_bench.store.results import Results


def write_leaderboard(
    results: Sequence[Path],
    tuned: Sequence[Path],
    output: Path,
    complain: Complain,
    *,
    metric: str | None = None,
    strict: bool = False,
    every_code: bool = False,
    made_by: MadeBy = None,
    choice: Choice = EVERYTHING,
) -> list[Path]:
    """Write the leaderboard of some results folders and return the paths: the page, and a figure for each section.

    tuned: the folders of runs whose parameters were tuned. metric: None for the first metric of the runs. made_by: what
    the page says about how it was made; None for nothing, which also leaves out ``.provenance.json``. The same results
    give the same bytes. Raises InputError if a folder is given twice, if there is no finished run or none with the
    metric, as ``roles.with_roles`` does, or if the files cannot be written.
    """
    check_folders(results, tuned)
    if output.suffix != ".md":
        raise InputError(f"-o: {output} (allowed: a name that ends in .md)")
    lines: list[str] = []

    def left_out(line: str) -> None:
        lines.append(line)
        complain(line)

    first, *others = results
    loaded = load_reportable(first, left_out, strict=strict, every_code=every_code, beside=[*others, *tuned])
    runs = listed(comparable_runs(loaded, every_code=every_code), left_out)
    check_reportable(loaded.last_rows(runs), (), first, "RESULTS")
    shown = choice.of(runs)
    budgets = budget_lines(shown, len(results))
    entries = _entries(loaded, shown, metric, len(results), choice)
    for line in entries.left_out:
        left_out(f"left out: {line}")
    said = [line.removeprefix("left out: ") for line in [*lines, *_not_done(loaded)]]
    write = partial(_write, loaded, entries, said, made_by, budgets=budgets)
    return write_together(output.parent, lambda folder: write(folder / output.name))


def _entries(loaded: Results, runs: pd.DataFrame, metric: str | None, folders: int, choice: Choice) -> Entries:
    """Return the entries of chosen runs by a metric, or by their first one, with the names of the choice."""
    known = metric_columns(loaded.last_rows(runs))
    if metric is not None and metric not in known:
        raise unknown("--metric", metric, known)
    entries = entries_of(loaded, runs, metric or known[0], folders, one_tuned=True)
    loaded.derived.save()
    return named(entries, choice)


def _not_done(loaded: Results) -> list[str]:
    """Return one line for each reason why runs are not done."""
    rows = loaded.runs[loaded.runs["status"] != "done"]
    names = ("status", "dataset", "method", "bits", "reason")
    counts = Counter(zip(*(rows[name].tolist() for name in names), strict=True))
    return [
        f"{count} {status} {'run' if count == 1 else 'runs'} of {method} on {dataset} at {bits} bits: {reason}"
        for (status, dataset, method, bits, reason), count in sorted(counts.items())
    ]


def _write(
    loaded: Results, entries: Entries, left_out: Sequence[str], made_by: MadeBy, page: Path, *, budgets: Sequence[str]
) -> list[Path]:
    sections = sections_of(entries)
    keys = [key for section in sections for key in section.keys]
    chosen = loaded.runs[loaded.runs["key"].isin(keys)]
    making = making_of(made_by, loaded)
    figures = [page.with_name(f"{page.stem}-{each.name}{ENDING}") for each in sections]
    facts = making.facts(keys, [page.name, *(path.name for path in figures)]) if making else None
    drawn = [_drawn(section, path, entries.metric) for section, path in zip(sections, figures, strict=True)]
    command = str(facts.get("command", "")) if facts else ""
    about = Facts(command, software_of(chosen), made_by_lines(list(chosen["path"])), budgets)
    names = ["" if path is None else path.name for path in drawn]
    text = page_of(sections, names, left_out, about)
    page.write_text(text, encoding="utf-8", newline="\n")
    return [page, *(path for path in drawn if path is not None), *_provenance(page, facts)]


def _drawn(section: Section, path: Path, metric: str) -> Path | None:
    return None if section.last.empty else draw_front(section.last, metric, path.with_suffix(""))


def _provenance(page: Path, facts: Mapping[str, Any] | None) -> list[Path]:
    return [write_provenance(page.with_suffix(""), facts)] if facts else []
