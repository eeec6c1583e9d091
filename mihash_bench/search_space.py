"""Search spaces: the values that tuning may try for a parameter."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

DIGITS = 3


class Span(Protocol):
    """The values of one parameter from which tuning draws."""

    def draw(self, rng: np.random.Generator) -> Any:
        """Draw a value."""
        ...

    def __str__(self) -> str:
        """Describe the values."""
        ...


@dataclass(frozen=True)
class LogUniform:
    """A number between two bounds whose logarithm is uniform, rounded to three significant digits."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """Draw a value; it is rounded so that a preset can state exactly the value that was tried."""
        return float(f"{np.exp(rng.uniform(np.log(self.low), np.log(self.high))):.{DIGITS}g}")

    def __str__(self) -> str:
        """Describe the bounds."""
        return f"log-uniform from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class OneOf:
    """One of several values, all with the same probability."""

    values: tuple[Any, ...]

    def draw(self, rng: np.random.Generator) -> Any:
        """Draw a value."""
        return self.values[int(rng.integers(len(self.values)))]

    def __str__(self) -> str:
        """List the values."""
        return f"one of {', '.join(map(str, self.values))}"
