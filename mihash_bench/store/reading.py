"""Reading the run files of a results folder: what reports need of each, and why some cannot be used."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.store.ap_places import PLACES
from mihash_bench.store.columns import ADDED, BEHIND, KNOWN_OF_ALL, RUN_COLUMNS, WITH_VALUES
from mihash_bench.store.curves import Curves
from mihash_bench.store.index import SETTLING_NS, Identity, Index, identity
from mihash_bench.store.record import Columns
from mihash_bench.store.run_file import RunRecord, read_run

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


def names_below(results: Path, paths: Sequence[Path]) -> list[str]:
    """Return the paths of run files relative to the results folder, which all begin with ``runs``."""
    start = len(str(results / "runs")) - len("runs")
    return [str(path)[start:] for path in paths]


def identity_of(path: Path) -> Identity | None:
    """Return what tells whether a file has changed, or None if it cannot be looked at."""
    try:
        return identity(path)
    except OSError:
        return None


@dataclass(frozen=True)
class _Read:
    """What was read from one file. identity: None if the file may change without notice, or was not fully checked."""

    about: Mapping[str, Any] = field(default_factory=dict)
    curve: Columns = field(default_factory=dict)
    places: NDArray[Any] | None = None
    identity: Identity | None = None
    refusal: str = ""
    left_out: str = ""


class Batch(NamedTuple):
    """What was read from several files. files: those that can be used. complaints: one line for what cannot."""

    files: Index
    complaints: list[str]


def read_files(paths: Sequence[Path], results: Path, check: Check) -> list[Batch]:
    """Read and check run files, with several processes if there are many."""
    processes = min(joblib.cpu_count(), len(paths) // FILES_PER_PROCESS)
    if processes < 2:
        return [_read_batch(paths, results, check)]
    batches = [paths[start : start + FILES_PER_PROCESS] for start in range(0, len(paths), FILES_PER_PROCESS)]
    return list(joblib.Parallel(processes)(joblib.delayed(_read_batch)(batch, results, check) for batch in batches))


def _read_batch(paths: Sequence[Path], results: Path, check: Check) -> Batch:
    # Put together here, because thousands of small arrays take long from one process to another.
    every = [_read_one(path, results, check) for path in paths]
    used = [(path, read) for path, read in zip(paths, every, strict=True) if not read.refusal]
    names = names_below(results, [path for path, _ in used])
    identities = np.array([read.identity or (0,) * 5 for _, read in used], np.int64).reshape(-1, 5)
    about = {name: [read.about[name] for _, read in used] for name in used[0][1].about} if used else {}
    places = np.array([read.places for _, read in used], PLACES)
    files = Index(names, identities, about, Curves.of([read.curve for _, read in used]), places)
    return Batch(files, [line for read in every for line in (read.refusal, read.left_out) if line])


def _read_one(path: Path, results: Path, check: Check) -> _Read:
    before, now = identity_of(path), time.time_ns()
    try:
        record = read_run(path)
    except InputError as error:
        return _Read(refusal=str(error))
    fault, lasting, extended, left_out = check(record, path, results)
    if fault:
        return _Read(refusal=f"{path}: {fault}")
    record = extended or record
    about: dict[str, Any] = {name: record.attributes[name] for name in (*RUN_COLUMNS, *KNOWN_OF_ALL, *BEHIND)}
    about |= {name: str(record.attributes.get(name, usual)) for name, usual in ADDED.items()}
    about[WITH_VALUES] = ",".join(record.per_query)
    about["seed"] = _seed(str(record.attributes["config"]))
    about["train_memory_bytes"] = record.attributes.get("train_memory_bytes", np.nan)
    steady = lasting and before is not None and before == identity_of(path) and before[-1] < now - SETTLING_NS
    curve = record.curve if about["status"] == "done" else {}
    return _Read(about, curve, record.places, before if steady else None, left_out=left_out)


def _seed(config: str) -> int | None:
    """Return the random seed in the text of a config, or None if there is none."""
    try:
        plain = json.loads(config)
    except (ValueError, RecursionError):
        return None
    seed = plain.get("seed") if isinstance(plain, dict) else None
    return seed if type(seed) is int else None
