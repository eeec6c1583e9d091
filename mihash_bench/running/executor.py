"""The interface of executors, which perform the runs of a sweep on this machine or elsewhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from mihash_bench.running.events import Listener
from mihash_bench.running.statuses import Outcome
from mihash_bench.running.task import Task


class Executor(Protocol):
    """Performs tasks and returns their outcomes."""

    def run(self, tasks: Sequence[Task], results: Path, listener: Listener) -> list[Outcome]:
        """Perform the runs. Each one writes its file in the results folder."""
        ...
