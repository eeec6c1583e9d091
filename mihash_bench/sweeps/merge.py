"""Putting the runs of several results folders into one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mihash_bench.errors import InputError, UnreadableError
from mihash_bench.store.companions import LaterMetrics, companions_of, snapshots_path, write_metrics
from mihash_bench.store.copies import content_of, copy_sealed, digest_of
from mihash_bench.store.durable import write_whole
from mihash_bench.store.layout import check_is_folder, check_writable, lock_path
from mihash_bench.store.lock import locked
from mihash_bench.store.plan import PlannedRun, add_to_plan, plan_path, read_plan
from mihash_bench.store.run_file import RunRecord, read_run
from mihash_bench.sweeps.found import Complain, Contents, Found, contents_of, is_in_use
from mihash_bench.sweeps.later import can_be_measured, usable_later, with_later_metrics
from mihash_bench.sweeps.merging import Choice, Prefer, choices
from mihash_bench.sweeps.metric_code import EMPTY, METRIC_CODE, codes_in, without_older


@dataclass
class Merged:
    """What a merge did. copied: the number of runs by the folder they came from. there: runs that were there already.

    left: the number of files and runs that were left out or left as they were.
    """

    copied: dict[Path, int] = field(default_factory=dict)
    there: int = 0
    left: int = 0


def merge(inputs: Sequence[Path], out: Path, prefer: Prefer | None, complain: Complain) -> Merged:
    """Copy the runs of some results folders with their companions into another one, which may be one of them.

    Every file is checked before it is copied, and nothing is written before all choices are made. Runs of ``out`` take
    part before those of the inputs, unless it is one of them, and are replaced only by a better copy. complain: is
    given one line for each file that is left out. Raises InputError if a folder is missing or in use, if copies of a
    run differ and no rule was given, and if ``out`` cannot be written.
    """
    folders = _folders(inputs, out)
    contents = {folder: contents_of(folder) for folder in folders}
    made, conflicts = choices([run for folder in folders for run in contents[folder].runs], prefer)
    merged = Merged(dict.fromkeys(folders, 0))
    for line in (line for each in contents.values() for line in each.faults):
        complain(f"left out: {line}")
        merged.left += 1
    if conflicts:
        for line in conflicts:
            complain(f"conflict: {line}")
        number = "1 run has" if len(conflicts) == 1 else f"{len(conflicts)} runs have"
        raise InputError(f"--prefer: {number} copies that differ (allowed: first, last or newest, for the same key)")
    check_writable(out)
    for choice in made:
        _take(choice, out, _unreadable(out, contents), merged, complain)
    _merge_plans(folders, out, complain)
    return merged


def _merge_plans(folders: Sequence[Path], out: Path, complain: Complain) -> None:
    """Add what was planned in the folders to the plan of ``out``. The first folder that planned a run counts."""
    planned: dict[tuple[Any, ...], PlannedRun] = {}
    for folder in folders:
        try:
            for run in read_plan(folder):
                planned.setdefault(run.names, run)
        except InputError as error:
            complain(f"ignored: {error}")
    try:
        if planned:
            add_to_plan(out, list(planned.values()))
    except OSError as error:
        raise InputError(f"-o: cannot write {plan_path(out)} ({error.strerror})") from None


def _folders(inputs: Sequence[Path], out: Path) -> list[Path]:
    """Return the folders whose runs take part, each once. Raises InputError if one is missing or in use."""
    for folder in inputs:
        check_is_folder(folder, "FOLDERS")
    folders: list[Path] = []
    for folder in [*inputs] if _index(inputs, out) is not None or not out.is_dir() else [out, *inputs]:
        if _index(folders, folder) is None:
            folders.append(folder)
    for folder in folders:
        if is_in_use(folder):
            raise InputError(f"{folder}: a sweep is running in it (allowed: folders in which no run is performed)")
    return folders


def _index(folders: Sequence[Path], folder: Path) -> int | None:
    """Return the position of a folder among others, by whatever path it is given."""
    same = (place for place, each in enumerate(folders) if each.exists() and folder.exists() and each.samefile(folder))
    return next(same, None)


def _unreadable(out: Path, contents: dict[Path, Contents]) -> set[str]:
    """Return the files of ``out`` that may be intact but cannot be read, by their path below it."""
    place = _index(list(contents), out)
    if place is None:
        return set()
    folder = list(contents)[place]
    return {path.relative_to(folder).as_posix() for path in contents[folder].unreadable}


def _take(choice: Choice, out: Path, unreadable: set[str], merged: Merged, complain: Complain) -> None:
    """Put one run into its place, unless a sweep is performing it there or its place may not be used."""
    run = choice.chosen
    target = out / run.name
    try:
        if run.name in unreadable:
            raise UnreadableError(f"{target}: it cannot be read")
        with locked(lock_path(out, run.key), give_up=lambda: True) as held:
            if not held:
                raise InputError(f"{target}: a sweep is performing this run")
            if _put(choice, target):
                merged.copied[run.results] += 1
            else:
                merged.there += 1
    except InputError as error:
        complain(f"left as it is: {error}")
        merged.left += 1
    except OSError as error:
        raise InputError(f"-o: cannot write {target} ({error.strerror})") from None


def _put(choice: Choice, target: Path) -> bool:
    """Write the chosen copy with its companions, and return whether the run's file was written."""
    run = choice.chosen
    if len(choice.alike) == 1 and target.exists() and target.samefile(run.path):
        return False
    record = read_run(run.path)
    snapshots, (later, codes) = _snapshots(choice), _later(choice, record)
    is_there = _digest(target) == run.digest
    if not is_there:
        # Companions are bound to the key only; those of other results would seem to belong to the new file.
        for path in () if _is_among(target, choice.alike) else companions_of(target):
            path.unlink()
        copy_sealed(run.path, target, run.digest)
    if snapshots is not None and _digest(snapshots_path(target)) != digest_of(snapshots):
        write_whole(snapshots_path(target), content_of(snapshots))
    _put_metrics(target, record, run.key, later, codes)
    return not is_there


def _is_among(target: Path, copies: Sequence[Found]) -> bool:
    return target.exists() and any(target.samefile(copy.path) for copy in copies)


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, or "" if it may be replaced. Raises UnreadableError if it may be intact."""
    try:
        return digest_of(path)
    except UnreadableError:
        raise
    except InputError:
        return ""


def _snapshots(choice: Choice) -> Path | None:
    """Return the hash functions of the checkpoints that some copy kept, or None if none did."""
    paths = (snapshots_path(run.path) for run in choice.alike if can_be_measured(read_run(run.path), run.path))
    return next(paths, None)


def _later(choice: Choice, record: RunRecord) -> tuple[LaterMetrics, dict[str, str]]:
    """Return all metrics that some copy has and the run's own file does not have, and their codes."""
    columns: dict[str, NDArray[Any]] = {}
    values: dict[str, NDArray[Any]] = {}
    codes: dict[str, str] = {}
    is_done = record.attributes["status"] == "done"
    own, before = (without_older(record).curve, codes_in(record.attributes)) if is_done else ({}, {})
    for run in choice.alike if is_done else ():
        whole, _ = with_later_metrics(read_run(run.path), run.path)
        metrics = str(whole.attributes["metrics"]).split(",")
        digests = codes_in(whole.attributes)
        for name in (name for name in whole.curve if name.removesuffix(EMPTY) in metrics):
            again = digests.get(name.removesuffix(EMPTY), "") != before.get(name.removesuffix(EMPTY), "")
            if (name not in own or again) and name not in columns:
                columns[name] = whole.curve[name]
                values |= {metric: each for metric, each in whole.per_query.items() if metric == name}
                codes |= {metric: digest for metric, digest in digests.items() if metric == name}
    return LaterMetrics(columns, values), codes


def _put_metrics(target: Path, record: RunRecord, key: str, later: LaterMetrics, codes: dict[str, str]) -> None:
    present = usable_later(record, target) if later.curve else later
    if not (later.curve.keys() <= present.curve.keys() and later.per_query.keys() <= present.per_query.keys()):
        write_metrics(target, key, later, {METRIC_CODE: json.dumps(codes)})
