"""The events of a sweep, for progress displays and notebooks."""

from typing import Protocol

from mihash_bench.running.statuses import Outcome
from mihash_bench.running.task import Task


class Listener(Protocol):
    """Receives the events of a sweep. It is called from several threads."""

    def started(self, task: Task) -> None:
        """A run has started."""

    def checkpoint(self, task: Task, done: int, total: int, values: dict[str, float], unit: str = "checkpoint") -> None:
        """A run has got further. done: the number of units so far. values: the latest ones by name.

        unit: ``checkpoint``, or another one such as ``step``, whose values are no results.
        """

    def ended(self, outcome: Outcome) -> None:
        """A run has ended."""
