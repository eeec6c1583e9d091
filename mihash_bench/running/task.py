"""What can be run: anything with a key, a file, and a way to be done in a process of its own."""

from pathlib import Path
from typing import Any, Protocol

from mihash_bench.store.record import Observer, RunRecord


class Task(Protocol):
    """One run to be done. It is sent to the process that does it, so it must be picklable."""

    @property
    def key(self) -> str:
        """What identifies the run; runs with one key are done once."""
        ...

    @property
    def path(self) -> Path:
        """The run's file."""
        ...

    @property
    def skip(self) -> str:
        """The reason why the run cannot be done at all, or ""."""
        ...

    @property
    def label(self) -> str:
        """The run in a few words, for the screen."""
        ...

    @property
    def threads(self) -> int:
        """The number of threads that the run computes with."""
        ...

    def attributes(self) -> dict[str, Any]:
        """Return the attributes of every record of this run, whatever became of it."""
        ...

    def perform(self, observer: Observer) -> RunRecord:
        """Do the run in this process and return its record, without status and provenance."""
        ...
