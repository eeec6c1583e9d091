"""Seconds spent on the parts of a run."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Seconds:
    """Seconds spent so far, by part."""

    spent: dict[str, float] = field(default_factory=lambda: {"train_s": 0.0, "reservoir_s": 0.0, "eval_s": 0.0})

    @contextmanager
    def on(self, part: str) -> Iterator[None]:
        """Add the seconds of the block to a part."""
        began = time.perf_counter()
        yield
        self.spent[part] += time.perf_counter() - began
