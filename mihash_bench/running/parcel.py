"""What is sent to a worker on another machine, and what comes back: a run's files are sent as their sealed bytes."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError
from mihash_bench.running.statuses import FINISHED, LACKING, UNREADABLE, Rerun, recorded
from mihash_bench.running.supervisor import NO_LIMITS, Limits
from mihash_bench.running.task import Task
from mihash_bench.store.companions import metrics_path, snapshots_path, training_path
from mihash_bench.store.copies import check_sealed, content_of, digest_of, write_sealed
from mihash_bench.store.layout import lock_path
from mihash_bench.store.lock import locked
from mihash_bench.store.run_file import run_in

Files = Mapping[str, bytes]


def own_version() -> str:
    """Return the version of this package."""
    return version("mihash-bench")


@dataclass(frozen=True)
class Parcel:
    """A run for a worker.

    results, mark: the results folder on the machine of the sweep, and a file in it by which a worker recognises that
    it has the same folder. files: the run's file and companions that are there already. topic: what the events of the
    run are sent to. version: that of this package, which the worker must have.
    """

    task: Task
    results: Path
    mark: Path
    topic: str
    limits: Limits = NO_LIMITS
    rerun: Rerun = "missing"
    preload: Sequence[str] = ()
    files: Files = field(default_factory=dict)
    version: str = field(default_factory=own_version)


@dataclass(frozen=True)
class Returned:
    """What a worker returns: the outcome of a run, and its files if they are not in the results folder of the sweep.

    host, worker: the name of the worker's machine, and its address. digest: the SHA-256 of the run's file where the
    worker sees it. last: the last event of the run, which may not have arrived yet. refusal: why the worker cannot
    perform the run, or "".
    """

    host: str
    worker: str
    status: str = ""
    reason: str = ""
    seconds: float = 0.0
    shared: bool = False
    digest: str = ""
    files: Files = field(default_factory=dict)
    last: Mapping[str, Any] = field(default_factory=dict)
    refusal: str = ""


def _sent(path: Path) -> list[Path]:
    """Return the files of a run that are sent, the run's file last: those that a run reads or writes."""
    return [snapshots_path(path), metrics_path(path), training_path(path), path]


def files_of(path: Path) -> Files:
    """Return the files of a run that are there and are sent, by name. Those with a broken seal are left out."""
    found = {}
    for each in _sent(path):
        with suppress(InputError):
            found[each.name] = content_of(each)
    return found


def unpack(files: Files, folder: Path) -> None:
    """Write files that ``files_of`` returned into a folder. Raises InputError for a broken seal, and OSError."""
    for name, content in files.items():
        write_sealed(folder / name, content)


def check_seals(files: Files, folder: Path) -> None:
    """Raise InputError if the seal of one of the files, which belong into a folder, is broken."""
    for name, content in files.items():
        check_sealed(folder / name, content)


def digest_here(path: Path) -> str:
    """Return the SHA-256 of a run's file, or "" if there is none that can be read."""
    try:
        return digest_of(path)
    except InputError:
        return ""


def _is_due(task: Task) -> bool:
    """Return whether the run has no finished file. Raises InputError if there is a file that cannot be read."""
    found = recorded(task)
    if found.status == UNREADABLE:
        raise InputError(found.complaint)
    return found.status not in (*FINISHED, LACKING)


def receive(task: Task, results: Path, files: Files) -> str:
    """Write the files of a run that a worker has sent, and return what is wrong with them or with writing, or "".

    All files are checked before the first is written. A finished run is replaced only by a finished one, and a file
    that cannot be read is never replaced.
    """
    path = task.path
    allowed = [each.name for each in _sent(path)]
    try:
        if others := sorted(files.keys() - set(allowed)):
            raise InputError(f"a worker sent {', '.join(others)} (allowed: {', '.join(allowed)})")
        if path.name not in files:
            raise InputError(f"a worker did not send {path.name}")
        record = run_in(files[path.name])
        check_seals(files, path.parent)
        if fault := task.fault(record):
            raise InputError(f"{path.name}, as a worker sent it: {fault}")
        with locked(lock_path(results, task.key)):
            if _is_due(task) or record.attributes["status"] == "done":
                # The run's file last, so that a finished run has its companions.
                unpack({name: files[name] for name in allowed if name in files}, path.parent)
                if training_path(path).name not in files:
                    training_path(path).unlink(missing_ok=True)
    except InputError as error:
        return str(error)
    except OSError as error:
        return f"{path} could not be written ({error.strerror})"
    return ""
