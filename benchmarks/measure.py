"""Alternating measurements of two implementations, so that disturbances of the machine affect both, and their ratio."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


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
