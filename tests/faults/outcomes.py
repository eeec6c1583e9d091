"""Counting what became of hostile input."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

# What must never happen. ``unnamed``: left out, but not in one line that names the file.
BAD = ("unnamed", "traceback", "crash", "hang", "silent")


@dataclass
class Report:
    """The figures of a round by outcome, the bad ones by class, and a line for each bad one.

    good: the outcomes that are allowed, in the order in which they are shown.
    """

    good: Collection[str] = ("refused", "same")
    bad: Collection[str] = BAD
    tried: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    worrying: list[str] = field(default_factory=list)

    def note(self, outcome: str, case: str, said: str = "") -> None:
        """Count an outcome. case: its class and name, separated by a colon."""
        self.tried += 1
        self.counts[outcome] += 1
        if outcome not in self.good:
            self.classes[case.partition(":")[0]] += 1
            self.worrying.append(f"{outcome}: {case}: {said}"[:500])

    def __str__(self) -> str:
        """Return the figures in one line."""
        names = [*self.good, *self.bad]
        return f"tried {self.tried}: " + ", ".join(f"{name} {self.counts[name]}" for name in names)
