"""The interface of executors, which perform the runs of a sweep on this machine or elsewhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from mihash_bench.running.events import Listener
from mihash_bench.running.statuses import Outcome
from mihash_bench.running.task import Task


class Executor(Protocol):
    """Performs tasks and returns their outcomes.

    ``studies.sweeping.executor_for`` chooses the executor of a sweep: ``LocalExecutor`` or ``DaskExecutor``.
    """

    def run(self, tasks: Sequence[Task], results: Path, listener: Listener) -> list[Outcome]:
        """Perform the runs. Each one writes its file in the results folder.

        The listener is called when a run starts, reaches a checkpoint and ends. A run that has been finished elsewhere
        in the meantime is not repeated, unless all runs are. After an interrupt, unfinished runs have the outcome
        ``interrupted``.
        """
        ...
