"""The interface of tasks: objects with a key, a file, and a method that performs the run."""

from pathlib import Path
from typing import Any, Protocol

from mihash_bench.store.record import Columns, Observer, RunRecord


class Task(Protocol):
    """One run. It is sent to a separate process, so it must be picklable."""

    @property
    def key(self) -> str:
        """The identity of the run. Runs with the same key are performed once."""
        ...

    @property
    def path(self) -> Path:
        """The run's file."""
        ...

    @property
    def skip(self) -> str:
        """The reason why the run is skipped, or ""."""
        ...

    @property
    def label(self) -> str:
        """A short description of the run for the screen."""
        ...

    @property
    def threads(self) -> int:
        """The number of threads that the run uses."""
        ...

    def here(self, results: Path) -> "Task":
        """Return this run for the machine of this process, with its file below another results folder.

        Raises InputError if what it needs, such as its data, is not there or is not the same.
        """
        ...

    def attributes(self) -> dict[str, Any]:
        """Return the attributes that the run's file has for any outcome."""
        ...

    def origin(self) -> Columns:
        """Return what made the run, for its file; see ``store.origin``."""
        ...

    def fault(self, record: RunRecord) -> str:
        """Return what is wrong with a record that was read from the run's file, or "" if it is a record of this run."""
        ...

    def lacks(self, record: RunRecord) -> str:
        """Return what the record of a finished run lacks of what is asked for and how it is added, or ""."""
        ...

    def measure(self, observer: Observer) -> bool:
        """Add what a finished run lacks beside its file, if that is possible. Return whether this was done."""
        ...

    def perform(self, observer: Observer) -> RunRecord:
        """Perform the run in this process and return its record, without status and provenance."""
        ...
