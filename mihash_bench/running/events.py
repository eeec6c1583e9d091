"""What happens to runs on their way, for whatever shows it."""

from typing import Protocol

from mihash_bench.running.statuses import Outcome
from mihash_bench.running.task import Task


class Listener(Protocol):
    """Receives the events of a sweep. It is called from several threads."""

    def started(self, task: Task) -> None:
        """A run begins."""

    def checkpoint(self, task: Task, done: int, checkpoints: int, values: dict[str, float]) -> None:
        """A run has measured."""

    def ended(self, outcome: Outcome) -> None:
        """A run has ended."""
