"""Reports on a results folder: tables, figures and the tidy export."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import IO, Any

import pandas as pd

from mihash_bench.about.results import bibtex_of_runs
from mihash_bench.errors import InputError
from mihash_bench.report.data.choice import EVERYTHING, Choice
from mihash_bench.report.data.code_versions import of_current_code, older_code, older_metrics
from mihash_bench.report.data.published import beside
from mihash_bench.report.data.reference import Lookup, Reference
from mihash_bench.report.data.selection import (
    comparable,
    measured,
    of_known_settings,
    older_versions,
)
from mihash_bench.report.data.statistics import auc_of_curves, metric_columns
from mihash_bench.report.data.summary import summary_of
from mihash_bench.report.figures.design import USUAL, Design
from mihash_bench.report.formats.csv_cells import with_text_cells
from mihash_bench.report.formats.table_text import TableText
from mihash_bench.report.making import Making, provenance_bytes, provenance_path
from mihash_bench.report.render import render
from mihash_bench.report.tables.arrangement import EVERY_SETTING_ITS_OWN, Arrangement
from mihash_bench.report.write import check_reportable, write_report, write_script
from mihash_bench.store.output_file import is_special, written
from mihash_bench.store.results import Results
from mihash_bench.sweeps.results import load_results
from mihash_bench.text import printable

# Is given one line for each thing that a report leaves out.
Complain = Callable[[str], None]
# The name of a reference and what looks its values up, for ``data.reference``; None for no reference.
Wanted = tuple[str, Lookup] | None
# How an output is made, for ``making.Making``; None for outputs that do not say it.
MadeBy = tuple[str, str] | None


def load(results: Path, complain: Complain, *, strict: bool = False, beside: Sequence[Path] = ()) -> Results:
    """Read a results folder and complain about each file that cannot be used.

    strict: read and check every file, whatever the index says, and raise InputError for the first that cannot be used.
    beside: further results folders, whose runs are added.
    """
    loaded = load_results(results, everything=strict, beside=beside)
    _leave_out(loaded.refused, "files cannot be used", complain, strict=strict)
    for line in older_metrics(loaded.runs):
        complain(f"left out: {line}")
    return loaded


def load_reportable(
    results: Path,
    complain: Complain,
    *,
    strict: bool = False,
    every_code: bool = False,
    beside: Sequence[Path] = (),
) -> Results:
    """Read a results folder as ``load`` does, without the runs of settings that are not installed.

    every_code: also runs of older code of plug-ins, which are otherwise left out.
    """
    loaded = load(results, complain, strict=strict, beside=beside)
    known, lines = of_known_settings(loaded.runs)
    _leave_out(lines, "settings are not installed", complain, strict=strict)
    for line in (*older_versions(loaded.runs), *([] if every_code else older_code(loaded.runs[known]))):
        complain(f"left out: {line}")
    shown = known if every_code else known & of_current_code(loaded.runs, known)
    return loaded if shown.all() else loaded.of(shown)


def _leave_out(lines: Sequence[str], what: str, complain: Complain, *, strict: bool) -> None:
    if strict and lines:
        raise InputError(f"--strict: {len(lines)} {what}, the first: {lines[0]}")
    for line in lines:
        complain(f"left out: {line}")


def render_table(
    results: Path,
    metrics: Sequence[str] | None,
    form: str,
    complain: Complain,
    *,
    strict: bool = False,
    published: bool = False,
    every_code: bool = False,
    made_by: MadeBy = None,
    choice: Choice = EVERYTHING,
    wishes: Arrangement = EVERY_SETTING_ITS_OWN,
    output: Path | None = None,
    reference: Wanted = None,
) -> TableText:
    """Return the summary of a results folder in a format of ``render.FORMATS``.

    metrics: None for the columns of ``wishes``, or for the first metric of the runs. published: add the published
    figures. every_code: also show runs of older code of plug-ins. made_by: what the table says about how it was made,
    in formats that have comments. choice, wishes: which runs the table shows, and how. output: also write the text to
    this file, and what made it beside a regular one. reference: a value beside each dataset. Raises InputError if there
    is no finished run, or none with one of the metrics.
    """
    loaded = load_reportable(results, complain, strict=strict, every_code=every_code)
    runs = comparable_runs(loaded, every_code=every_code)
    every = loaded.last_rows(runs)
    check_reportable(every, metrics or (), results, "--metric")
    shown = choice.of(runs)
    frame = every if shown is runs else loaded.last_rows(shown)
    chosen = metrics or wishes.metrics(metric_columns(frame))
    check_reportable(frame, chosen, results, "--metric")
    summary = _summary(loaded, shown, frame, chosen, choice, reference)
    if published or "published" in wishes.columns:
        summary, wishes = _with_published(summary, complain), wishes.with_published()
    facts = partial(_facts, made_by, loaded, frame, chosen, [output.name] if output else [])
    text = render(choice.named(summary), form, facts, wishes, complain)
    if output is not None:
        _write_table(output, text, facts())
    return text


def _write_table(output: Path, text: str, facts: dict[str, Any] | None) -> None:
    write_output(output, lambda file: file.write(f"{text.rstrip(chr(10))}\n".encode()))
    _write_facts(output, facts)


def _summary(
    loaded: Results,
    runs: pd.DataFrame,
    frame: pd.DataFrame,
    metrics: Sequence[str],
    choice: Choice,
    reference: Wanted,
) -> pd.DataFrame:
    """Return the summary of chosen runs. frame: their last rows."""
    areas = partial(auc_of_curves, runs["key"].tolist(), loaded.curves.take(runs.index.to_numpy()))
    summary = summary_of(frame, metrics, loaded, areas)
    loaded.derived.save()
    if reference:
        summary = Reference(*reference, loaded.runs).of_groups(summary, frame)
    return choice.ordered(summary)


def _with_published(summary: pd.DataFrame, complain: Complain) -> pd.DataFrame:
    summary = beside(summary)
    if summary["published"].isna().all():
        complain("--published: no figure was published for these datasets, methods, code lengths and metrics")
    return summary


def write_figures(
    results: Path,
    output: Path,
    xs: Sequence[str] | None,
    ys: Sequence[str] | None,
    complain: Complain,
    *,
    strict: bool = False,
    every_code: bool = False,
    made_by: MadeBy = None,
    choice: Choice = EVERYTHING,
    design: Design = USUAL,
    script: Path | None = None,
    reference: Wanted = None,
) -> list[Path]:
    """Write the curves and tables of a results folder and return their paths; see ``write.write_report``.

    script: also write a script that draws the figure, if there is only one; see ``write.write_script``. reference: a
    line in each panel. Raises InputError if a script is to draw a reference.
    """
    if script and reference:
        raise InputError(f"--reference: {reference[0]} is not possible with --script (allowed: one of the two)")
    loaded = load_reportable(results, complain, strict=strict, every_code=every_code)
    runs = comparable_runs(loaded, every_code=every_code)
    check_reportable(loaded.last_rows(runs), (), results, "--y")
    frame = loaded.rows(choice.of(runs))
    ys = ys or metric_columns(frame)[:1]
    making = making_of(made_by, loaded)
    scripts = write_script(frame, script, xs, ys, making, choice, design) if script else []
    beside = Reference(*reference, loaded.runs) if reference else None
    paths = write_report(frame, output, xs, ys, results, loaded, making, choice, design, beside)
    loaded.derived.save()
    return [*paths, *scripts]


def comparable_runs(loaded: Results, *, every_code: bool) -> pd.DataFrame:
    """Return ``selection.comparable`` of the runs, which is much less to do than for each row of the table."""
    return comparable(loaded.runs.drop(columns="dataset_is"), every_code=every_code)


def making_of(made_by: MadeBy, loaded: Results) -> Making | None:
    """Return what makes the outputs of a command, or None if they are not to say it."""
    return None if made_by is None else Making(made_by, loaded.runs)


def _facts(
    made_by: MadeBy, loaded: Results, frame: pd.DataFrame, metrics: Sequence[str], files: Sequence[str]
) -> dict[str, Any] | None:
    making = making_of(made_by, loaded)
    keys = [key for metric in metrics for key in measured(frame, metric)["key"].unique()]
    return None if making is None else making.facts(keys, files)


def _write_facts(output: Path, facts: dict[str, Any] | None) -> None:
    """Write what made a regular file beside it."""
    if facts is not None and not is_special(output):
        write_output(provenance_path(output.with_suffix("")), lambda file: file.write(provenance_bytes(facts)))


def write_export(
    results: Path, output: Path | IO[bytes], complain: Complain, *, strict: bool = False, made_by: MadeBy = None
) -> int:
    """Write the tidy CSV, a regular file completely or not at all, and return its number of rows.

    output: a path (see ``output_file.written``) or an open binary file. made_by: what a file beside a regular file says
    about how it was made, its name ending in ``.provenance.json``; None for no such file. Raises InputError if the
    folder has no run or the file at the path cannot be written.
    """
    loaded = load(results, complain, strict=strict)
    frame = loaded.frame
    if frame.empty:
        raise _no_run(results)
    write_output(output, lambda file: with_text_cells(frame).to_csv(file, mode="wb", index=False))
    if made_by is not None and isinstance(output, Path):
        _write_facts(output, Making(made_by, loaded.runs).facts(loaded.runs["key"], [output.name]))
    return len(frame)


def write_bibtex(
    results: Path, output: Path | IO[bytes], data_dir: Path, complain: Complain, *, strict: bool = False
) -> int:
    """Write the BibTeX of the methods, datasets and metrics of all runs, and return the number of entries.

    data_dir: the folder below which imported datasets are looked for. output, errors: as for ``write_export``.
    """
    runs = load(results, complain, strict=strict).runs
    if runs.empty:
        raise _no_run(results)
    entries = bibtex_of_runs(runs, data_dir, complain)
    write_output(output, lambda file: file.write("".join(f"{printable(entry)}\n\n" for entry in entries).encode()))
    return len(entries)


def _no_run(results: Path) -> InputError:
    return InputError(f"RESULTS: {results} has no run (allowed: the folder that `mihash-bench run -o` names)")


def write_output(output: Path | IO[bytes], write: Callable[[IO[bytes]], object]) -> None:
    """Call ``write`` with a file for the path, or with the file that is open already."""
    try:
        with written(output) if isinstance(output, Path) else nullcontext(output) as file:
            write(file)
            file.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if not isinstance(output, Path):
            raise
        raise InputError(f"-o: cannot write {output} ({error.strerror})") from None
