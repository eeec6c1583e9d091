"""Alternating measurements of two implementations, so that disturbances of the machine affect both, and their ratio.

Also the time and memory of a command with all of its processes.
"""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any

import numpy as np
import psutil

SAMPLING_SECONDS = 0.05


@dataclass(frozen=True)
class Ratio:
    """The times of two implementations in each repetition, and their ratio.

    Where one was timed on a part, its seconds are those of the whole. wanted: the target of the ratio.
    """

    what: str
    slow: tuple[float, ...]
    fast: tuple[float, ...]
    wanted: str = ""

    @property
    def ratios(self) -> Any:
        """The ratio in each repetition."""
        return np.array(self.slow) / np.array(self.fast)

    def row(self) -> list[str]:
        """Return one row of the table."""
        r = self.ratios
        return [
            self.what, f"{np.median(r):.2f}", f"{r.min():.2f} to {r.max():.2f}", f"{np.median(self.slow):.3g}",
            f"{np.median(self.fast):.3g}", str(len(r)), self.wanted,
        ]  # fmt: skip


HEADER = ["comparison", "ratio (median)", "range", "first (s)", "second (s)", "repetitions", "target"]


def seconds(work: Callable[[], Any]) -> float:
    """Return the wall time of the work in seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def ratio(
    what: str,
    first: Callable[[], Any],
    second: Callable[[], Any],
    *,
    repetitions: int = 5,
    scale: tuple[float, float] = (1.0, 1.0),
    wanted: str = "",
) -> Ratio:
    """Time two implementations alternately, after one warm-up call of each. scale: factors from timed to full work."""
    first()
    second()
    pairs = [(seconds(first) * scale[0], seconds(second) * scale[1]) for _ in range(repetitions)]
    slow, fast = zip(*pairs, strict=True)
    return Ratio(what, slow, fast, wanted)


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a pipe table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


@dataclass(frozen=True)
class Watched:
    """What a command took, with all processes that it started.

    seconds: wall time. largest: most bytes that one process had in memory (resident set size), pages of mapped files
    included. own: most bytes that all processes had at one time, without pages of files.
    """

    seconds: float
    largest: int
    own: int


def watched(command: Sequence[str]) -> Watched:
    """Run a command and return what it took. Memory is read twenty times a second.

    Raises SystemExit, with what the command printed, if it fails.
    """
    began, largest, own = time.perf_counter(), 0, 0
    # A file, because a pipe that nobody reads can fill up.
    with TemporaryFile("w+") as printed:
        process = psutil.Popen(command, stdout=printed, stderr=subprocess.STDOUT)
        while process.poll() is None:
            memory = [_memory(each) for each in [process, *_children(process)]]
            largest = max(largest, *(whole for whole, _ in memory))
            own = max(own, sum(part for _, part in memory))
            time.sleep(SAMPLING_SECONDS)
        took = time.perf_counter() - began
        if process.returncode:
            printed.seek(0)
            raise SystemExit(f"bench: {' '.join(command)}: {printed.read()}")
    return Watched(took, largest, own)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _memory(process: psutil.Process) -> tuple[int, int]:
    """Return the resident bytes of a process, with and without pages of files; 0 if it has ended."""
    try:
        memory = process.memory_info()
    except psutil.Error:
        return 0, 0
    return int(memory.rss), int(memory.rss - getattr(memory, "shared", 0))
