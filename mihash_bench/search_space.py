"""What tuning may try for a parameter."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

DIGITS = 3


class Span(Protocol):
    """The values of one parameter that a search draws from."""

    def draw(self, rng: np.random.Generator) -> Any:
        """Draw a value."""
        ...

    def __str__(self) -> str:
        """Say what is drawn from."""
        ...


@dataclass(frozen=True)
class LogUniform:
    """A number between two bounds, uniform in its logarithm, of three digits."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """Draw a value and round it, so that what is written in a preset is what was tried."""
        return float(f"{np.exp(rng.uniform(np.log(self.low), np.log(self.high))):.{DIGITS}g}")

    def __str__(self) -> str:
        """Say the bounds."""
        return f"log-uniform from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class OneOf:
    """One of some values, each as likely."""

    values: tuple[Any, ...]

    def draw(self, rng: np.random.Generator) -> Any:
        """Draw a value."""
        return self.values[int(rng.integers(len(self.values)))]

    def __str__(self) -> str:
        """List the values."""
        return f"one of {', '.join(map(str, self.values))}"
