"""The events of a sweep, for progress displays and notebooks."""

from typing import Protocol

from mihash_bench.running.statuses import Outcome
from mihash_bench.running.task import Task


class Listener(Protocol):
    """Receives the events of a sweep. It is called from several threads."""

    def started(self, task: Task) -> None:
        """A run has started."""

    def checkpoint(self, task: Task, done: int, checkpoints: int, values: dict[str, float]) -> None:
        """A run has reached a checkpoint. done: the number of checkpoints so far. values: the latest ones by name."""

    def ended(self, outcome: Outcome) -> None:
        """A run has ended."""
