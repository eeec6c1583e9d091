"""All run files of a results folder as tables: one row for each run, and one row for each run and checkpoint."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.store.companions import runs_with_metrics
from mihash_bench.store.curves import Curves
from mihash_bench.store.derived import Derived
from mihash_bench.store.index import SETTLING_NS, Identity, Index, identity, read_index, write_index
from mihash_bench.store.layout import run_paths
from mihash_bench.store.record import Columns
from mihash_bench.store.run_file import RunRecord, read_run

RUN_COLUMNS = ["setting", "dataset", "method", "variant", "bits", "trigger", "trial", "status"]
COST_COLUMNS = ["examples", "updates", "bit_recomputations", "train_s", "reservoir_s", "table_s", "eval_s"]
# The metrics whose values are stored for each query, and the arrays that hold them.
AP_ARRAYS = {"mAP": "ap_expected", "mAP[ties=index]": "ap_index"}
KNOWN_OF_ALL = [
    "protocol",
    "reason",
    "started",
    "key",
    "method_title",
    "dataset_title",
    "method_version",
    "dataset_digest",
]
# Attributes that older files do not have, each with what they mean without it.
ADDED = {"code": "", "metric_code": "{}", "versions": "{}", "git_commit": ""}
LAST_COLUMNS = [*KNOWN_OF_ALL, "train_memory_bytes"]
# Attributes that reports need but the table does not show.
BEHIND = ("metrics", "config", "traceback")
# Fewer files are read faster by one process.
FILES_PER_PROCESS = 400


class Verdict(NamedTuple):
    """The result of checking a record.

    fault: what is wrong, or "". lasting: whether the result would be the same at any other time. extended: the record
    with what is stored beside its file; None if there is no such thing. left_out: why that cannot be used, or "".
    """

    fault: str
    lasting: bool = True
    extended: RunRecord | None = None
    left_out: str = ""


# Is given a record, its path and the results folder.
Check = Callable[[RunRecord, Path, Path], Verdict]


def unchecked(record: RunRecord, path: Path, results: Path) -> Verdict:
    """Accept every record that could be read."""
    return Verdict("")


@dataclass(frozen=True)
class Results:
    """The runs of a results folder.

    runs: one row for each run: the columns of the table that do not depend on the checkpoint, ``traceback``, ``config``
    and ``path``. curves: the curves of the runs, in the same order. refused: one message for each file that cannot be
    used and each folder that cannot be read. derived: values that were computed from the run files before.
    """

    runs: pd.DataFrame
    curves: Curves
    refused: list[str]
    derived: Derived

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The table with one row for each run and checkpoint; see ``load_results``."""
        return _frame(self.runs, self.curves)

    def of(self, chosen: "pd.Series[bool]") -> "Results":
        """Return only the chosen runs, given by one boolean for each."""
        places = np.flatnonzero(chosen.to_numpy())
        return replace(self, runs=self.runs.iloc[places].reset_index(drop=True), curves=self.curves.take(places))

    def average_precisions(self, key: str, array: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the queries of a finished run (row numbers in the dataset's file) and the AP of each.

        array: ``ap_expected`` or ``ap_index``. Raises InputError, naming the file, if it can no longer be read or is
        now that of another run.
        """
        path = self._paths[key]
        record = read_run(path)
        if record.attributes["key"] != key:
            raise InputError(f"{path}: the file was replaced while it was used (repeat the command)")
        return record.final["queries"], record.final[array]

    @cached_property
    def _paths(self) -> dict[str, Path]:
        return dict(zip(self.runs["key"], self.runs["path"], strict=True))


def load_results(results: Path, check: Check = unchecked, *, everything: bool = False) -> Results:
    """Read and check every run file below a results folder.

    A file that is known from the folder's index and unchanged since is not read again. everything: read all files.

    Columns of the table: the names and status of the run, the costs so far, one column for each metric, counts of what
    metrics left out, then ``protocol`` (how the stream differs from the defaults), ``reason``, ``started``, ``key`` and
    titles. A run that is not done has one row, which is empty from ``examples`` on. Raises InputError if there is no
    such folder.
    """
    paths, complaints = run_paths(results)
    index = Index() if everything else read_index(results)
    known = index.positions()
    identities = [_identity(path) for path in paths]
    names = [str(path.relative_to(results)) for path in paths]
    extended = runs_with_metrics(list(dict.fromkeys(path.parent for path in paths)))
    identities = [None if path in extended else each for path, each in zip(paths, identities, strict=True)]
    places = [known.get((name, each)) if each else None for name, each in zip(names, identities, strict=True)]
    fresh = _read([path for path, place in zip(paths, places, strict=True) if place is None], results, check)
    joined = _Joined(index, fresh)
    for name, path, place in zip(names, paths, places, strict=True):
        joined.add(name, path, place)
    if joined.has_news:
        write_index(results, joined.lasting())
    runs = joined.runs()
    kept = dict(zip(runs["key"], joined.identities, strict=True))
    derived = Derived(None if everything else results / "runs" / ".derived", kept)
    return Results(runs, joined.curves, [*complaints, *joined.refused], derived)


def _identity(path: Path) -> Identity | None:
    try:
        return identity(path)
    except OSError:
        return None


@dataclass(frozen=True)
class _Read:
    """What was read from one file. identity: None if the file may change without notice, or was not fully checked."""

    about: Mapping[str, Any]
    curve: Columns
    identity: Identity | None
    refusal: str = ""
    left_out: str = ""


def _read(paths: Sequence[Path], results: Path, check: Check) -> dict[Path, _Read]:
    processes = min(joblib.cpu_count(), len(paths) // FILES_PER_PROCESS)
    if processes < 2:
        return _read_batch(paths, results, check)
    batches = [paths[start : start + FILES_PER_PROCESS] for start in range(0, len(paths), FILES_PER_PROCESS)]
    parts = joblib.Parallel(processes)(joblib.delayed(_read_batch)(batch, results, check) for batch in batches)
    return {path: read for part in parts for path, read in part.items()}


def _read_batch(paths: Sequence[Path], results: Path, check: Check) -> dict[Path, _Read]:
    return {path: _read_one(path, results, check) for path in paths}


def _read_one(path: Path, results: Path, check: Check) -> _Read:
    before, now = _identity(path), time.time_ns()
    try:
        record = read_run(path)
    except InputError as error:
        return _Read({}, {}, None, str(error))
    fault, lasting, extended, left_out = check(record, path, results)
    if fault:
        return _Read({}, {}, None, f"{path}: {fault}")
    record = extended or record
    about: dict[str, Any] = {name: record.attributes[name] for name in (*RUN_COLUMNS, *KNOWN_OF_ALL, *BEHIND)}
    about |= {name: record.attributes.get(name, usual) for name, usual in ADDED.items()}
    about["seed"] = _seed(str(record.attributes["config"]))
    about["train_memory_bytes"] = record.attributes.get("train_memory_bytes", np.nan)
    steady = lasting and before is not None and before == _identity(path) and before[-1] < now - SETTLING_NS
    curve = record.curve if about["status"] == "done" else {}
    return _Read(about, curve, before if steady else None, left_out=left_out)


def _seed(config: str) -> int | None:
    """Return the random seed in the text of a config, or None if there is none."""
    try:
        plain = json.loads(config)
    except (ValueError, RecursionError):
        return None
    seed = plain.get("seed") if isinstance(plain, dict) else None
    return seed if type(seed) is int else None


class _Joined:
    """Puts together what the index knows and what was read."""

    def __init__(self, index: Index, fresh: Mapping[Path, _Read]) -> None:
        self._index, self._fresh = index, fresh
        self._read = [read for read in fresh.values() if not read.refusal]
        self._places = {id(read): len(index.names) + place for place, read in enumerate(self._read)}
        self.names: list[str] = []
        self.refused: list[str] = []
        self._paths: list[Path] = []
        self._about: list[Mapping[str, Any]] = []
        self.identities: list[Identity | None] = []
        self._positions: list[int] = []

    def add(self, name: str, path: Path, place: int | None) -> None:
        if place is None:
            read = self._fresh[path]
            if read.refusal:
                self.refused.append(read.refusal)
                return
            self.refused.extend(filter(None, [read.left_out]))
            place, about, own = self._places[id(read)], read.about, read.identity
        else:
            about, own = self._index.about[place], tuple(self._index.identities[place].tolist())
        self.names.append(name)
        self._paths.append(path)
        self._about.append(about)
        self.identities.append(own)
        self._positions.append(place)

    @property
    def has_news(self) -> bool:
        """Whether a file can be remembered that the index does not know, or one that it knows is gone or changed."""
        known = sum(place < len(self._index.names) for place in self._positions)
        return known < len(self._index.names) or any(read.identity for read in self._read)

    def runs(self) -> pd.DataFrame:
        columns = [*RUN_COLUMNS, *LAST_COLUMNS, *BEHIND, *ADDED]
        # Seeds may have any number of digits.
        seeds = pd.Series([about["seed"] for about in self._about], dtype=object)
        paths = pd.Series(self._paths, dtype=object)
        return pd.DataFrame(list(self._about), columns=columns).assign(seed=seeds, path=paths)

    @cached_property
    def curves(self) -> Curves:
        joined = Curves.joined([self._index.curves, Curves.of([read.curve for read in self._read])])
        return joined.take(np.array(self._positions, np.int64))

    def lasting(self) -> Index:
        """Return the index of the files that can be recognised again."""
        kept = [place for place, own in enumerate(self.identities) if own is not None]
        identities = np.array([self.identities[place] for place in kept], np.int64).reshape(-1, 5)
        about = [self._about[place] for place in kept]
        return Index([self.names[place] for place in kept], identities, about, self.curves.take(np.array(kept, int)))


def _frame(runs: pd.DataFrame, curves: Curves) -> pd.DataFrame:
    metrics = list(dict.fromkeys(name for text in dict.fromkeys(runs["metrics"]) for name in text.split(",")))
    first = [*RUN_COLUMNS, *COST_COLUMNS, *metrics]
    extra = [name for name in curves.columns if name not in {*first, *LAST_COLUMNS}]
    rows = np.repeat(np.arange(len(runs)), np.maximum(curves.lengths, 1))
    columns: dict[str, Any] = {
        name: runs[name].array.take(rows) for name in (*RUN_COLUMNS, *LAST_COLUMNS, "code", "seed")
    }
    filled = np.repeat(curves.lengths > 0, np.maximum(curves.lengths, 1))
    for name in [*COST_COLUMNS, *metrics, *extra]:
        columns[name] = _with_gaps(curves.columns.get(name), filled)
    return pd.DataFrame(columns, columns=[*first, *extra, *LAST_COLUMNS, "code", "seed"])


def _with_gaps(column: NDArray[Any] | None, filled: NDArray[np.bool_]) -> NDArray[Any]:
    """Return a column with NaN in the rows of runs that have no checkpoint."""
    if column is not None and filled.all():
        return column
    out = np.full(len(filled), np.nan)
    if column is not None:
        out[filled] = column
    return out
