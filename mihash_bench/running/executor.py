"""The interface of executors, which perform the runs of a sweep on this machine or elsewhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from mihash_bench.running.events import Listener
from mihash_bench.running.statuses import Outcome
from mihash_bench.running.task import Task


class Executor(Protocol):
    """Does tasks and says what became of each.

    ``LocalExecutor`` is the one that exists; ``studies.sweeping.executor_for`` chooses.
    """

    def run(self, tasks: Sequence[Task], results: Path, listener: Listener) -> list[Outcome]:
        """Do the runs; each ends in its file below the results folder.

        The listener is told when a run starts, measures and ends. A run whose file is finished by then is not repeated
        unless all runs are. On an interrupt, runs that are not done come back as interrupted.
        """
        ...
