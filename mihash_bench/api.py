"""The Python face: the functions of ``import mihash_bench``, with the words of the command line."""

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from rich.console import Console

from mihash_bench.codes import pack
from mihash_bench.errors import InputError, shown, unknown
from mihash_bench.evaluation import GivenRelevance
from mihash_bench.evaluation import evaluate as evaluate_words
from mihash_bench.experiment.raw_encoder import ImageEncoder, RawEncoder, raw_encoder
from mihash_bench.metrics._levels import Relevance
from mihash_bench.metrics.base import parse_metrics
from mihash_bench.neighbors import QueryRelevance, SharedLabels
from mihash_bench.own_data.importing import import_data
from mihash_bench.own_data.request import Request
from mihash_bench.own_data.seen import Seen
from mihash_bench.parameters import MAX_BITS, Integer, Size
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
from mihash_bench.running.statuses import FINISHED
from mihash_bench.settings.base import read_config
from mihash_bench.store.run_file import read_run
from mihash_bench.studies.sweeping import Execution, do_sweeps
from mihash_bench.sweeps import results as checked
from mihash_bench.sweeps.choose import chosen_sweeps
from mihash_bench.sweeps.made_by import python_facts
from mihash_bench.sweeps.sweep import tasks_of
from mihash_bench.sweeps.verify import record_fault
from mihash_bench.text import one_line

PathLike = str | Path
Sets = Mapping[str, Any] | Sequence[str] | str
EXECUTION = ("jobs", "rerun", "timeout", "max_memory")
# Options of the command line that concern its terminal, and why a function has no use for them.
TERMINAL = {
    "dry_run": "`mihash-bench run --dry-run` lists the runs; load_results returns those that exist",
    "yes": "run never asks, also not before large sweeps",
}


def run(
    *,
    results: PathLike = "results",
    data_dir: PathLike = "datasets",
    cache_dir: PathLike | None = None,
    preset: str | None = None,
    config: PathLike | None = None,
    set: Sets | None = None,
    progress: bool = True,
    **options: Any,
) -> pd.DataFrame:
    """Do the runs of a sweep that are not done yet and return the results of all its runs.

    options: those of ``mihash-bench run`` by name, with underscores for dashes, such as ``method="mihash"``,
    ``bits=[16, 32]``, ``update_interval=50``, ``setting="batch-1"``; and ``jobs``, ``rerun``, ``timeout`` (seconds) and
    ``max_memory`` (bytes, or a text such as "2G"). Lists are swept. ``--dry-run`` and ``--yes`` exist on the command
    line only; a call never asks. set: parameters of methods and datasets, as a mapping such as
    ``{"mihash.step_size": [0.5, 1]}`` or as texts of ``--set``. progress: show progress on a terminal or in a
    notebook.

    Returns the rows of ``load_results`` for the runs of this sweep. A run that failed has one row with its ``status``
    and ``reason``, and a warning says how many did. Raises InputError for bad input and KeyboardInterrupt on Ctrl-C;
    finished runs are kept.
    """
    how = _execution(results, data_dir, cache_dir, options)
    file = None if config is None else _path("config", config)
    sweeps = chosen_sweeps({**options, "set": _set_texts(set)}, preset, file, how.data_dir)
    tasks = tasks_of(sweeps, how.folders)
    do_sweeps(sweeps, tasks, how, Console(quiet=not progress))
    frame, refused = _loaded(how.results)
    _warn(refused)
    own = frame[frame["key"].isin([task.key for task in tasks])].reset_index(drop=True)
    finished = own[own["status"].isin(FINISHED)]["key"].nunique()
    if finished < len(tasks):
        said = f"{len(tasks) - finished} of {len(tasks)} runs are not done: see the columns status and reason"
        warnings.warn(said, stacklevel=2)
    return own


def _execution(results: PathLike, data_dir: PathLike, cache_dir: PathLike | None, options: dict[str, Any]) -> Execution:
    """Take the options that say how to run out of ``options``."""
    for name in TERMINAL.keys() & options.keys():
        raise InputError(f"{name}: is an option of the command line only ({TERMINAL[name]})")
    how = {name: options.pop(name) for name in EXECUTION if options.get(name) is not None}
    how |= {name: int(value) for name, value in how.items() if isinstance(value, np.integer)}
    if isinstance(size := how.get("max_memory"), str):
        with suppress(ValueError):  # other texts are refused with their value
            how["max_memory"] = Size().parse(size)
    how |= {"results": _path("results", results), "data_dir": _path("data_dir", data_dir)}
    made_by = python_facts("mihash_bench.run")
    return Execution(
        cache_dir=None if cache_dir is None else _path("cache_dir", cache_dir), yes=True, made_by=made_by, **how
    )


def _path(name: str, given: Any) -> Path:
    if not isinstance(given, str | os.PathLike) or not os.fspath(given) or isinstance(os.fspath(given), bytes):
        raise InputError(f"{name}: {shown(given)} is not allowed (allowed: a path that is not empty)")
    return Path(given)


def _set_texts(given: Sets | None) -> list[str] | None:
    if given is None:
        return None
    if isinstance(given, Mapping):
        return [f"{name}={','.join(map(_set_value, _listed(value)))}" for name, value in given.items()]
    return [given] if isinstance(given, str) else [str(text) for text in given]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _set_value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value)


def load_results(results: PathLike = "results") -> pd.DataFrame:
    """Return one row for each run and checkpoint in a results folder, as ``mihash-bench export`` writes them.

    One more column, ``path``, names each run's file. A file that cannot be read is left out with a warning. Raises
    InputError when there is no such folder.
    """
    frame, refused = _loaded(_path("results", results))
    _warn(refused)
    return frame


def _loaded(results: Path) -> tuple[pd.DataFrame, list[str]]:
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
    folder, file = _path("results", results), None if output is None else _path("output", output)
    made_by = ("python", "mihash_bench.table") if provenance else None
    lines: list[str] = []
    try:
        return render_table(
            folder, _metrics(metric), format, lines.append, strict=strict, published=published, made_by=made_by,
            choice=choice_in(options), wishes=arrangement_in(options), output=file,
        )  # fmt: skip
    finally:
        _warn(lines)


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
    folder, file = _path("results", results), None if script is None else _path("script", script)
    target = folder / "figures" if output is None else _path("output", output)
    xs, ys = (None if each is None else listed(name, each) for name, each in (("x", x), ("y", y)))
    made_by = ("python", "mihash_bench.plot") if provenance else None
    lines: list[str] = []
    try:
        return write_figures(
            folder, target, xs, ys, lines.append, strict=strict, made_by=made_by, choice=choice_in(options),
            design=design_in(options), script=file,
        )  # fmt: skip
    finally:
        _warn(lines)


def _metrics(metric: str | Sequence[str] | None) -> tuple[str, ...] | None:
    return None if metric is None else tuple(str(each) for each in parse_metrics(_joined(metric)))


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
        return compare_folders(_path("a", a), _path("b", b), _metrics(metric), lines.append, strict=strict)
    finally:
        _warn(lines)


def _warn(lines: Sequence[str]) -> None:
    """Warn of each line at the place from which the user called the function that calls this one."""
    for line in lines:
        warnings.warn(one_line(line), stacklevel=3)


def _joined(metric: str | Sequence[str]) -> str:
    parts = [metric] if isinstance(metric, str) or not isinstance(metric, Iterable) else list(metric)
    if not all(isinstance(part, str) for part in parts):
        raise InputError(f"metric: {shown(metric)} is not allowed (allowed: a text such as 'mAP', or a list of them)")
    return ",".join(parts)


def evaluate(
    codes: ArrayLike,
    queries: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    query_labels: ArrayLike | None = None,
    relevant: ArrayLike | None = None,
    metric: str | Sequence[str] = "mAP",
    threads: int = 1,
) -> dict[str, float]:
    """Return the value of each metric for the codes of a database and of queries.

    codes: booleans (or 0 and 1) of shape (n, bits), the database in the order in which ties are broken; queries: the
    same of shape (q, bits). What is relevant to a query: the items that share a label with it, by labels of shape (n,)
    and query_labels of shape (q,), or by 0/1 matrices of shapes (n, c) and (q, c); or those that the boolean matrix
    ``relevant`` of shape (q, n) marks. metric: such as "mAP,mAP[ties=index],P@r2". Raises InputError for arrays that do
    not fit together.
    """
    table, asked = _bits("codes", codes), _bits("queries", queries)
    if table.shape[1] != asked.shape[1]:
        raise InputError(f"queries: {asked.shape[1]} bits (allowed: {table.shape[1]}, as the codes have)")
    relevance = _relevance(len(table), len(asked), labels, query_labels, relevant)
    metrics = parse_metrics(_joined(metric))
    found = evaluate_words(pack(table), pack(asked), relevance, metrics, table.shape[1], threads=threads)
    if found.queries_without_relevant:
        left = f"{found.queries_without_relevant} of {len(asked)} queries have no relevant item; mAP leaves them out"
        warnings.warn(left, stacklevel=2)
    return {str(each): found.value(each) for each in metrics}


def _bits(name: str, given: ArrayLike) -> NDArray[np.bool_]:
    bits = np.asarray(given)
    if bits.ndim != 2 or not (bits.dtype == np.bool_ or np.isin(bits, (0, 1)).all()):
        raise InputError(f"{name}: {bits.dtype} of shape {bits.shape} (allowed: a matrix of booleans, or of 0 and 1)")
    if not 1 <= bits.shape[1] <= MAX_BITS:
        raise InputError(f"{name}: {bits.shape[1]} bits (allowed: {Integer(1, MAX_BITS)})")
    return bits.astype(np.bool_)


def _labels(name: str, given: ArrayLike) -> NDArray[Any]:
    """Return labels of shape (n,), also from a column (n, 1), or a 0/1 matrix (n, c)."""
    labels = np.asarray(given)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim not in (1, 2) or (labels.ndim == 2 and not np.isin(labels, (0, 1)).all()):
        raise InputError(f"{name}: shape {labels.shape} (allowed: one label per row, or a matrix of 0 and 1)")
    if pd.isna(labels).any():
        raise InputError(f"{name}: a label is missing or NaN (allowed: a label for each row)")
    return labels


def _relevance(
    n: int, q: int, labels: ArrayLike | None, query_labels: ArrayLike | None, relevant: ArrayLike | None
) -> Relevance:
    if relevant is not None:
        if labels is not None or query_labels is not None:
            raise InputError("relevant: given together with labels (allowed: one of the two)")
        matrix = np.asarray(relevant)
        if matrix.shape != (q, n) or matrix.dtype != np.bool_:
            raise InputError(f"relevant: {matrix.dtype} of shape {matrix.shape} (allowed: booleans of shape {(q, n)})")
        return GivenRelevance(matrix)
    if labels is None or query_labels is None:
        raise InputError("labels, query_labels: missing (allowed: both of them, or relevant)")
    ours, theirs = _labels("labels", labels), _labels("query_labels", query_labels)
    if len(ours) != n or len(theirs) != q or ours.shape[1:] != theirs.shape[1:]:
        raise InputError(
            f"labels, query_labels: shapes {ours.shape}, {theirs.shape} (allowed: one row for each of {n} codes and "
            f"of {q} queries)"
        )
    every = np.concatenate([ours, theirs])
    return QueryRelevance(SharedLabels(), every, every, np.arange(n, n + q), np.arange(n))


def import_dataset(
    features: PathLike | ArrayLike,
    labels: PathLike | ArrayLike | Sequence[Any] | None = None,
    *,
    name: str,
    queries: int | PathLike | ArrayLike | None = None,
    query_labels: PathLike | ArrayLike | Sequence[Any] | None = None,
    data_dir: PathLike | None = None,
    **options: Any,
) -> Seen:
    """Import a dataset of your own, as ``mihash-bench datasets import`` does; ``run(dataset=name)`` uses it then.

    features: a file, a folder of images or an array of shape (n, d). labels: a file, an array of n numbers or texts, a
    matrix of 0 and 1, or a list of n lists of labels. queries: how many are drawn, or a file or an array with the
    queries, whose labels are ``query_labels``. data_dir: the folder below which the dataset is kept; None for the
    user's data folder. options: those of the command line by name: array, label_column, label_separator,
    query_column, neighbors, normalize, title, citation, stream_length, drop_duplicates, replace and pixels.

    Returns what was seen; printed, it is the report of the command line. Raises InputError, naming the option of the
    command line, if the data cannot be used.
    """
    known = {each.name for each in fields(Request)}
    for option in options:
        if option not in known:
            raise unknown("option", option, known)
    drawn = queries is None or isinstance(queries, int | np.integer)
    count = int(queries) if drawn and queries is not None else None  # type: ignore[arg-type]
    folder = None if data_dir is None else _path("data_dir", data_dir)
    return import_data(
        Request(
            features=features, name=name, labels=labels, queries=count, queries_file=None if drawn else queries,
            query_labels=query_labels, data_dir=folder, **options,
        )
    )  # fmt: skip


def load_encoder(run: PathLike) -> RawEncoder | ImageEncoder:
    """Return the hash functions that a run had learned at its end; ``encode(X)`` codes new raw vectors with them.

    Those of a run that learned from images code images, uint8 of shape (n, height, width, 3).

    run: a run file, such as one of the column ``path`` of ``load_results``. The dataset's preprocessing is applied.
    Raises InputError, naming the file, for a run that is not done.
    """
    path = _path("run", run)
    record = read_run(path)
    if fault := record_fault(record, path, None):
        raise InputError(f"{path}: {fault}")
    setting, config = read_config(str(record.attributes["config"]))
    return raw_encoder(record, setting.methods.get(config.method), path)
