"""The run files of a results folder that pass all checks, with what is needed to choose among copies of a run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError, UnreadableError
from mihash_bench.store.copies import digest_of
from mihash_bench.store.layout import lock_paths, run_paths
from mihash_bench.store.lock import is_locked
from mihash_bench.store.run_file import read_run
from mihash_bench.sweeps.later import companion_fault
from mihash_bench.sweeps.verify import record_fault

# Is given one line for each thing that is left out or refused.
Complain = Callable[[str], None]


@dataclass(frozen=True)
class Found:
    """A run file without fault.

    name: its path below the results folder. digest: the SHA-256 of its bytes.
    """

    results: Path
    path: Path
    about: Mapping[str, Any]
    digest: str

    @property
    def name(self) -> str:
        """The path of the file below its results folder, which is the same in every folder."""
        return self.path.relative_to(self.results).as_posix()

    @property
    def key(self) -> str:
        """The key of the run."""
        return str(self.about["key"])

    @property
    def status(self) -> str:
        """The status of the run."""
        return str(self.about["status"])


@dataclass(frozen=True)
class Contents:
    """The run files of a results folder. unreadable: those that may be intact but cannot be read here."""

    runs: list[Found]
    faults: list[str]
    unreadable: list[Path]


def contents_of(results: Path) -> Contents:
    """Check all run files of a results folder as ``verify`` does. A run whose companions have a fault is kept."""
    paths, faults = run_paths(results)
    contents = Contents([], list(faults), [])
    for path in paths:
        try:
            record = read_run(path)
            if fault := record_fault(record, path, results):
                raise InputError(f"{path}: {fault}")
            contents.runs.append(Found(results, path, record.attributes, digest_of(path)))
        except InputError as error:
            contents.faults.append(str(error))
            if isinstance(error, UnreadableError):
                contents.unreadable.append(path)
            continue
        if beside := companion_fault(record, path):
            contents.faults.append(beside)
    return contents


def is_in_use(results: Path) -> bool:
    """Return whether a sweep performs a run in a results folder at this moment."""
    return any(map(is_locked, lock_paths(results)))
