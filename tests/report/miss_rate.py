"""A metric of another package of which smaller values are better."""

import re
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import ClassVar

from mihash_bench.metrics.base import Metric
from mihash_bench.registry import METRICS


@dataclass(frozen=True)
class MissRate(Metric):
    """The share of relevant items that are not found."""

    name: ClassVar[str] = "miss-rate"
    title: ClassVar[str] = "Miss rate"
    higher_is_better: ClassVar[bool] = False
    forms: ClassVar[tuple[str, ...]] = ("miss@5",)

    cutoff: int

    @classmethod
    def parse(cls, text):
        """Read ``miss@N``."""
        match = re.fullmatch(r"miss@([0-9]+)", text)
        return cls(int(match[1])) if match else None

    def __str__(self):
        return f"miss@{self.cutoff}"

    def per_query(self, counts, ranks):
        """Refuse, since reports do not measure."""
        raise NotImplementedError


def installed(monkeypatch):
    """Make the metric known, as its package would."""
    monkeypatch.setitem(
        METRICS._installed, "miss-rate", EntryPoint("miss-rate", f"{__name__}:MissRate", METRICS.package)
    )
