"""Timing two ways in turn, so that what disturbs the machine disturbs both, and saying how much faster one is."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Ratio:
    """How many times as long one way takes as another, by repetition, and the seconds of each.

    Where one was timed on a part, its seconds are those of the whole. wanted: the target of the ratio.
    """

    what: str
    slow: tuple[float, ...]
    fast: tuple[float, ...]
    wanted: str = ""

    @property
    def ratios(self) -> Any:
        """Ratio of each repetition."""
        return np.array(self.slow) / np.array(self.fast)

    def row(self) -> list[str]:
        """Return one line of the table."""
        r = self.ratios
        return [
            self.what, f"{np.median(r):.2f}", f"{r.min():.2f} to {r.max():.2f}", f"{np.median(self.slow):.3g}",
            f"{np.median(self.fast):.3g}", str(len(r)), self.wanted,
        ]  # fmt: skip


HEADER = ["comparison", "ratio (median)", "range", "first (s)", "second (s)", "repetitions", "target"]


def seconds(work: Callable[[], Any]) -> float:
    """Return how long the work takes, by the wall."""
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
    """Time the two in turn, after one go each that does not count. scale: of what part each is, as 1 / part."""
    first()
    second()
    pairs = [(seconds(first) * scale[0], seconds(second) * scale[1]) for _ in range(repetitions)]
    slow, fast = zip(*pairs, strict=True)
    return Ratio(what, slow, fast, wanted)


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a pipe table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
