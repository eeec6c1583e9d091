"""What does the runs of a sweep: on this machine, or wherever another executor does them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from mihash_bench.running.events import Listener
from mihash_bench.running.statuses import Outcome
from mihash_bench.running.task import Task


class Executor(Protocol):
    """Does tasks and says what became of each."""

    def run(self, tasks: Sequence[Task], results: Path, listener: Listener) -> list[Outcome]:
        """Do the runs; each ends in its file below the results folder."""
        ...
