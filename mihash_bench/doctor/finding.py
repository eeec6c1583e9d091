"""What a check has found."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

# note: something that is missing but not needed. problem: runs work, but worse. broken: runs do not work.
State = Literal["ok", "note", "problem", "broken"]


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    said: what was found, in one line. advice: what to do about it, in one line; problems and what is broken always have
    it. facts: the values for machines.
    """

    check: str
    state: State
    said: str
    advice: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.state in ("problem", "broken") and not self.advice:
            raise ValueError(f"{self.check}: a finding that is {self.state} needs advice")

    def plain(self) -> dict[str, Any]:
        """Return the finding as a dictionary for JSON."""
        return {**asdict(self), "facts": dict(self.facts)}
