"""Results of a folder: as a table of all checkpoints, as tables and figures, and compared with another one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.api.given import PathLike, metrics_in, path_in, warn_of
from mihash_bench.errors import InputError
from mihash_bench.report.folder import render_table, write_figures
from mihash_bench.report.formats.table_text import TableText
from mihash_bench.report.two_folders import compare_folders
from mihash_bench.report.words import (
    ARRANGING,
    DRAWING,
    arrangement_in,
    check_words,
    choice_in,
    design_in,
    listed,
)
from mihash_bench.sweeps import results as checked


def load_results(results: PathLike = "results") -> pd.DataFrame:
    """Return one row for each run and checkpoint in a results folder, as ``mihash-bench export`` writes them.

    One more column, ``path``, names each run's file. A file that cannot be read is left out with a warning. Raises
    InputError when there is no such folder.
    """
    frame, refused = rows_in(path_in("results", results))
    warn_of(refused)
    return frame


def rows_in(results: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows of all runs and one line for each file that is left out."""
    loaded = checked.load_results(results)
    paths = dict(zip(loaded.runs["key"], map(str, loaded.runs["path"]), strict=True))
    frame = loaded.frame.assign(path=loaded.frame["key"].map(paths).astype(object))
    return frame, [f"left out: {line}" for line in loaded.refused]


def table(
    results: PathLike = "results",
    *,
    metric: str | Sequence[str] | None = None,
    format: str = "markdown",
    published: bool = False,
    output: PathLike | None = None,
    strict: bool = False,
    provenance: bool = True,
    **options: Any,
) -> TableText:
    """Return the summary of a results folder as text, as ``mihash-bench table`` prints it; a notebook shows a table.

    metric: metrics as one text or as a list; None for the first metric of the runs. format: markdown, latex or csv.
    published: show figures of the paper as well. output: also write the text to this file. strict: raise InputError if
    a run file cannot be used. provenance: begin LaTeX with a comment that says what made the table.

    options: those of ``mihash-bench table`` by name. ``setting``, ``dataset``, ``method``, ``variant``, ``bits`` and
    ``trigger`` choose runs, and their order is that of the table, such as ``method=["osh", "mihash"]``; ``label`` is a
    mapping such as ``{"mihash": "Ours"}``; ``layout``, ``columns``, ``decimals``, ``second``, ``caption`` and
    ``siunitx`` say how the table is made. Raises InputError, naming it, for an option that is unknown or not possible.
    """
    check_words(options, *ARRANGING)
    if metric is not None and options.get("columns") is not None:
        raise InputError("metric: given together with columns (allowed: one of the two)")
    folder, file = path_in("results", results), None if output is None else path_in("output", output)
    made_by = ("python", "mihash_bench.table") if provenance else None
    lines: list[str] = []
    try:
        return render_table(
            folder, metrics_in(metric), format, lines.append, strict=strict, published=published, made_by=made_by,
            choice=choice_in(options), wishes=arrangement_in(options), output=file,
        )  # fmt: skip
    finally:
        warn_of(lines)


def plot(
    results: PathLike = "results",
    *,
    output: PathLike | None = None,
    x: str | Sequence[str] | None = None,
    y: str | Sequence[str] | None = None,
    script: PathLike | None = None,
    strict: bool = False,
    provenance: bool = True,
    **options: Any,
) -> list[Path]:
    """Draw the curves of a results folder as ``mihash-bench plot`` does, and return the paths of all files.

    output: the folder of the files; None for ``figures`` in the results folder. x: axes, None for those of the setting.
    y: metrics, costs or ``objective``; None for the first metric of the runs. script: also write a script that draws
    the only figure with matplotlib alone. strict: raise InputError if a run file cannot be used. provenance: say what
    made the files, in them and beside them.

    options: those of ``mihash-bench plot`` by name. Those that choose and name runs are as for ``table``. ``size`` is a
    name such as "ieee-page" or a pair of inches; ``style`` a file with parameters of matplotlib; ``xlim`` and ``ylim``
    pairs; ``xscale``, ``legend``; ``layout`` such as "1x3" or (1, 3); ``format`` a list such as ["pdf", "png"]. Raises
    InputError, naming it, for an option that is unknown or not possible.
    """
    check_words(options, *DRAWING)
    folder, file = path_in("results", results), None if script is None else path_in("script", script)
    target = folder / "figures" if output is None else path_in("output", output)
    xs, ys = (None if each is None else listed(name, each) for name, each in (("x", x), ("y", y)))
    made_by = ("python", "mihash_bench.plot") if provenance else None
    lines: list[str] = []
    try:
        return write_figures(
            folder, target, xs, ys, lines.append, strict=strict, made_by=made_by, choice=choice_in(options),
            design=design_in(options), script=file,
        )  # fmt: skip
    finally:
        warn_of(lines)


def compare(
    a: PathLike, b: PathLike, *, metric: str | Sequence[str] | None = None, strict: bool = False
) -> pd.DataFrame:
    """Return the differences between the runs of two results folders, A and B, as ``mihash-bench compare`` prints them.

    metric: metrics as one text or as a list; None for the first metric of both folders. Each row is a metric and a pair
    of runs with the same setting, dataset, code length, method, variant, trigger and protocol. Its columns: ``a_mean``,
    ``a_sd``, ``b_mean``, ``b_sd`` over the common trials; ``difference``, B - A; ``ci_low`` and ``ci_high``, its 95 %
    BCa bootstrap interval over queries; ``effect_size``; ``p_value`` of the paired randomisation test and
    ``p_adjusted``, corrected over all rows of the metric; ``trials_agree``, ``trials`` and ``queries``. What cannot be
    compared is left out with a warning. strict: raise InputError for it instead. Raises InputError if nothing can be
    compared.
    """
    lines: list[str] = []
    try:
        return compare_folders(path_in("a", a), path_in("b", b), metrics_in(metric), lines.append, strict=strict)
    finally:
        warn_of(lines)
