"""Cutting a sweep into shards of about equal cost, for jobs on several machines that know nothing of each other."""

import heapq
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from mihash_bench.errors import InputError, shown
from mihash_bench.experiment.config import run_key
from mihash_bench.settings.base import setting_of
from mihash_bench.sweeps.task import RunTask

_TEXT = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")


@dataclass(frozen=True)
class Shard:
    """One of several parts of a sweep. number: from 1 to ``of``."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a text such as 2/8. Raises InputError, naming ``--shard``, for any other text."""
        match = _TEXT.fullmatch(str(text))
        if match is None or not 1 <= (number := int(match[1])) <= (of := int(match[2])):
            raise InputError(
                f"--shard: {shown(text)} is not allowed (allowed: a number and how many shards there are, such as 2/8)"
            )
        return cls(number, of)

    def __str__(self) -> str:
        """Return the number and how many there are, as a sentence has it."""
        return f"{self.number} of {self.of}"

    def tasks(self, every: Sequence[RunTask]) -> list[RunTask]:
        """Return the runs of this shard, in the order of the sweep.

        Each run is in exactly one shard. The cut depends on the configs, the dataset's shape and digest and a fixed
        formula (``Setting.cost``) only: neither on the machine, nor on what is done, nor on how long it took.
        """
        keys = [_key(task) for task in every]
        shards = _cut({key: cost_of(task) for key, task in zip(keys, every, strict=True)}, self.of)
        return [task for key, task in zip(keys, every, strict=True) if shards[key] == self.number]


def cost_of(task: RunTask) -> int:
    """Return the cost of a run by the formula of its setting; the unit is about a nanosecond of one core."""
    return 1 if task.shape is None else setting_of(task.config.setting).cost(task.config, task.shape)


def _key(task: RunTask) -> str:
    """Return the run's key. That of the task is an older one if there is a file with it."""
    return run_key(task.config, task.dataset_digest, task.method_version, task.code)


def _cut(costs: dict[str, int], shards: int) -> dict[str, int]:
    """Return the shard of each key: the dearest run first, each goes to the shard that costs least so far.

    No shard then costs more than 4/3 of the dearest shard of the best cut (Graham, 1969).
    """
    least = [(0, number) for number in range(1, shards + 1)]
    chosen = {}
    for key in sorted(costs, key=lambda key: (-costs[key], key)):
        cost, number = least[0]
        chosen[key] = number
        heapq.heapreplace(least, (cost + costs[key], number))
    return chosen
