"""Seconds of building an index and of answering queries, on one thread that stays on one core."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from mihash_bench.engines.base import Engine, Octets

# The fastest of so many repetitions counts, as other programs only make one slower.
REPETITIONS = 3
# Nothing is repeated any more once it has taken so many seconds.
ENOUGH_S = 1.0
CAN_PIN = hasattr(os, "sched_setaffinity")


@contextmanager
def one_pinned_thread() -> Iterator[None]:
    """Let libraries use one thread, and keep it on the core on which it is if the system can (``CAN_PIN``).

    Libraries must have been imported before, because only those that are loaded are limited.
    """
    cores = os.sched_getaffinity(0) if CAN_PIN else set()
    with threadpool_limits(1):
        try:
            if CAN_PIN:
                os.sched_setaffinity(0, {_core(cores)})
            yield
        finally:
            if CAN_PIN:
                os.sched_setaffinity(0, cores)


def _core(allowed: set[int]) -> int:
    """Return the core on which this thread is, so that several processes are not pinned to the same one."""
    try:
        # The 39th value, counted from the third one, which follows the name of the program in parentheses.
        core = int(Path("/proc/thread-self/stat").read_text().rpartition(")")[2].split()[36])
    except (OSError, ValueError, IndexError):
        core = -1
    return core if core in allowed else max(allowed)


def built(engine: Engine, codes: Octets, n_bits: int) -> tuple[Any, float]:
    """Return an index of the codes and the seconds of the fastest of up to 3 times that it was built."""
    seconds: list[float] = []
    while len(seconds) < REPETITIONS and sum(seconds) < ENOUGH_S:
        began = time.perf_counter()
        index = engine.build(codes, n_bits)
        seconds.append(time.perf_counter() - began)
    return index, min(seconds)


@dataclass(frozen=True)
class Latency:
    """The seconds that each query took when it was asked alone, shape (q,), in the fastest of up to 3 passes."""

    seconds: NDArray[np.float64]

    @property
    def queries_per_second(self) -> float:
        """The number of queries by the seconds of all."""
        return len(self.seconds) / float(self.seconds.sum())

    def percentile(self, percent: float) -> float:
        """Return the seconds within which so many percent of the queries were answered."""
        return float(np.percentile(self.seconds, percent))


def latency_of(engine: Engine, index: Any, queries: Octets, k: int) -> Latency:
    """Ask the queries one by one."""
    passes: list[NDArray[np.float64]] = []
    while len(passes) < REPETITIONS and sum(float(each.sum()) for each in passes) < ENOUGH_S:
        passes.append(_one_pass(engine, index, queries, k))
    return Latency(min(passes, key=lambda seconds: float(seconds.sum())))


def _one_pass(engine: Engine, index: Any, queries: Octets, k: int) -> NDArray[np.float64]:
    ticks = np.empty(len(queries) + 1)
    # The end of a query is the beginning of the next one, so that the clock is read once for each.
    ticks[0] = time.perf_counter()
    for number in range(len(queries)):
        engine.search(index, queries[number : number + 1], k)
        ticks[number + 1] = time.perf_counter()
    return np.diff(ticks)
