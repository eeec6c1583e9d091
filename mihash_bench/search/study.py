"""``mihash-bench search``: measuring engines on the runs of a results folder, and reporting it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.datasets.base import default_cache_dir
from mihash_bench.errors import InputError
from mihash_bench.report.data.choice import EVERYTHING, Choice
from mihash_bench.report.data.statistics import auc_of_curves, metric_columns
from mihash_bench.report.folder import Complain, MadeBy, comparable_runs, load_reportable, making_of
from mihash_bench.report.making import Making, write_provenance
from mihash_bench.report.render import FORMATS
from mihash_bench.report.tables.model import Table
from mihash_bench.report.together import write_together
from mihash_bench.report.write import check_reportable
from mihash_bench.search.frames import known, measured_frame, rebuilding_frame
from mihash_bench.search.measuring import Measuring, Tables
from mihash_bench.search.tables import BUILD_SECONDS, how, rebuilding_table, searched_table
from mihash_bench.search.wishes import Wishes
from mihash_bench.store.results import Results
from mihash_bench.sweeps.task import run_label


@dataclass(frozen=True)
class Found:
    """What was measured.

    searched: a row for each run, index and effort. rebuilding: a row for each streaming run and index. metric: that of
    ``rebuilding``. loaded: the results folder.
    """

    searched: pd.DataFrame
    rebuilding: pd.DataFrame
    metric: str
    loaded: Results


def measure(
    results: Path,
    wishes: Wishes,
    data_dir: Path,
    cache_dir: Path | None,
    complain: Complain,
    say: Callable[[str], None],
    *,
    strict: bool = False,
    every_code: bool = False,
    choice: Choice = EVERYTHING,
) -> Found:
    """Measure the engines on the chosen runs of a results folder.

    complain: is given one line for each run, or index of a run, that is left out. say: is given one line before an
    index is measured. Raises InputError if there is no finished run, or if nothing can be measured.
    """
    loaded = load_reportable(results, complain, strict=strict, every_code=every_code)
    runs = choice.of(comparable_runs(loaded, every_code=every_code))
    check_reportable(loaded.last_rows(runs), (), results, "--method")
    measuring = Measuring(wishes, Tables(data_dir, cache_dir or default_cache_dir(), wishes.k), complain, say)
    files = dict(zip(loaded.runs["key"], loaded.runs["path"], strict=True))
    entries = {run["key"]: measuring.of(files[run["key"]], run_label(_texts(run))) for run in runs.to_dict("records")}
    last = choice.named(loaded.last_rows(runs))
    ends = last.sort_values("examples").drop_duplicates("key", keep="last").loc[lambda rows: sorted(rows.index)]
    frame = measured_frame(ends, entries)
    if frame.empty:
        raise InputError(f"RESULTS: no engine can be measured on a run of {results} (the reasons are above)")
    metric = metric_columns(last)[0]
    areas = auc_of_curves(runs["key"].tolist(), loaded.curves.take(runs.index.to_numpy()), metric)
    return Found(frame, rebuilding_frame(frame, loaded.rows(runs), metric, areas), metric, loaded)


def _texts(run: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in run.items()}


def tables_of(found: Found) -> dict[str, list[Table]]:
    """Return the tables by the stem of their files."""
    tables = {"table-search": searched_table(found.searched)}
    if not found.rebuilding.empty:
        tables["table-rebuilding"] = rebuilding_table(found.rebuilding, found.metric)
    return tables


def write_search(found: Found, folder: Path, made_by: MadeBy = None) -> list[Path]:
    """Write the figures (PDF, PNG) and tables (tex, md, csv) and return their paths; none appears before all exist.

    ``search-recall`` and ``search-precision``: recall of float neighbors, and precision of labels, against queries per
    second, with a panel for each method, trigger, dataset and code length. ``search-rebuilding``: the metric over the
    stream against the seconds of rebuilding the index. ``table-search``, ``table-rebuilding``: the numbers. Raises
    InputError if the folder cannot be written.
    """
    return write_together(folder, partial(_render, found, making_of(made_by, found.loaded)))


def _render(found: Found, making: Making | None, folder: Path) -> list[Path]:
    # Imported late because matplotlib complains if it finds no folder for its cache, also to those who draw nothing.
    from mihash_bench.report.figures.figure import draw_figure
    from mihash_bench.search.figures import PRECISION, RECALL, pareto_grid, rebuilding_grid

    note = f"Indexes of {how(found.searched)}."
    seconds = f"Seconds: the table updates of a run times {BUILD_SECONDS}, {how(found.searched)}."
    grids = {}
    for name, axis in (("search-recall", RECALL), ("search-precision", PRECISION)):
        if known(found.searched, axis.column):
            grids[name] = pareto_grid(found.searched, axis)
    if not found.rebuilding.empty:
        grids["search-rebuilding"] = rebuilding_grid(found.rebuilding, found.metric)
    paths: list[Path] = []
    for name, grid in grids.items():
        said = seconds if name == "search-rebuilding" else note
        paths += _made(making, found, folder / name, (".pdf", ".png"), partial(draw_figure, grid, folder / name, said))
    for name, tables in tables_of(found).items():
        endings = tuple(form.ending for form in FORMATS.values())
        paths += _made(making, found, folder / name, endings, partial(_write_tables, tables, folder / name))
    return paths


def _made(
    making: Making | None,
    found: Found,
    stem: Path,
    endings: Sequence[str],
    write: Callable[..., list[Path]],
) -> list[Path]:
    """Write files, and beside them what made them, and return their paths."""
    if making is None:
        return write()
    facts = making.facts(found.searched["key"], [stem.name + ending for ending in endings])
    return [*write(facts), write_provenance(stem, facts)]


def _write_tables(tables: Sequence[Table], stem: Path, facts: Mapping[str, Any] | None = None) -> list[Path]:
    paths = []
    for form in FORMATS.values():
        path = stem.with_name(stem.name + form.ending)
        comment = form.comment(facts) if form.comment and facts else ""
        path.write_text(f"{comment}{form.write(tables)}".rstrip("\n") + "\n", encoding="utf-8", newline="\n")
        paths.append(path)
    return paths
