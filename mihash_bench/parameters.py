"""Parameter constraints as data: which values are allowed, how they are parsed and how they are described."""

import inspect
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Protocol, Self

from mihash_bench.errors import InputError, shown, unknown

MAX_BITS = 256


class Constraint(Protocol):
    """The values that one parameter may take."""

    def parse(self, text: str) -> Any:
        """Convert text from the command line to a value. Raises ValueError if the text is not such a value."""
        ...

    def allows(self, value: Any) -> bool:
        """Return whether the value is allowed."""
        ...

    def __str__(self) -> str:
        """Describe the allowed values, in words that complete "allowed: "."""
        ...


@dataclass(frozen=True)
class Integer:
    """An integer from ``low`` to ``high``, both included; with ``none``, also None."""

    low: int
    high: int | None = None
    none: bool = False

    def parse(self, text: str) -> int | None:
        """Convert a decimal integer, or the word none if it is allowed."""
        return None if self.none and text == "none" else int(text)

    def allows(self, value: Any) -> bool:
        """Check the type and the bounds; True and False do not count as integers."""
        if value is None:
            return self.none
        if isinstance(value, bool) or not isinstance(value, int):
            return False
        return self.low <= value and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        """Describe the bounds."""
        bounds = f"of at least {self.low}" if self.high is None else f"from {self.low} to {self.high}"
        return f"a whole number {bounds}" + (", or none" if self.none else "")


@dataclass(frozen=True)
class Real:
    """A finite number of at least ``low`` (above ``low`` if ``above``) and at most ``high``."""

    low: float
    high: float = math.inf
    above: bool = False

    def parse(self, text: str) -> float:
        """Convert a decimal number."""
        return float(text)

    def allows(self, value: Any) -> bool:
        """Check the type and the bounds; NaN and infinity are never allowed."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return False
        return (value > self.low if self.above else value >= self.low) and value <= self.high

    def __str__(self) -> str:
        """Describe the bounds."""
        low = f"above {self.low:g}" if self.above else f"of at least {self.low:g}"
        return f"a number {low}" + ("" if self.high == math.inf else f" and at most {self.high:g}")


@dataclass(frozen=True)
class Size:
    """A number of bytes, as text with the suffix K, M, G or T for powers of 1,024, such as 800M, 2G or 1.5GiB."""

    UNITS: ClassVar[dict[str, int]] = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}

    def parse(self, text: str) -> int:
        """Convert a text to a number of bytes."""
        found = re.fullmatch(r"([0-9]*\.?[0-9]+) ?([KMGT]?)(?:iB|B)?", text.strip(), re.IGNORECASE)
        size = float(found[1]) * 1024 ** self.UNITS[found[2].upper()] if found else 0
        if not 1 <= size < math.inf:
            raise ValueError(text)
        return int(size)

    def allows(self, value: Any) -> bool:
        """Check that the value is a whole number of at least 1."""
        return Integer(1).allows(value)

    def __str__(self) -> str:
        """Give examples."""
        return "a size such as 800M or 2G, or a whole number of bytes of at least 1"


@dataclass(frozen=True)
class Choice:
    """One of several words."""

    options: tuple[str, ...]

    def parse(self, text: str) -> str:
        """Return the text unchanged."""
        return text

    def allows(self, value: Any) -> bool:
        """Return whether the value is one of the words."""
        return value in self.options

    def __str__(self) -> str:
        """List the words."""
        return f"one of {', '.join(self.options)}"


@dataclass(frozen=True)
class Flag:
    """On or off."""

    def parse(self, text: str) -> bool:
        """Convert the words on, true, off and false."""
        words = {"on": True, "true": True, "off": False, "false": False}
        if text.lower() not in words:
            raise ValueError(text)
        return words[text.lower()]

    def allows(self, value: Any) -> bool:
        """Return whether the value is True or False."""
        return isinstance(value, bool)

    def __str__(self) -> str:
        """List the words."""
        return "on or off"


class Parametrised:
    """A method whose constructor stores its parameters unchanged as attributes of the same names.

    added_parameters: parameters that were added after results were published, each with the value that keeps the
    earlier behaviour; a run's key leaves such a parameter out while it has that value.
    """

    added_parameters: ClassVar[Mapping[str, Any]] = {}

    def get_params(self) -> dict[str, Any]:
        """Return the parameters of the constructor with their values."""
        return {
            name: getattr(self, name) for name in inspect.signature(type(self).__init__).parameters if name != "self"
        }

    def clone(self) -> Self:
        """Return a new, untrained method with the same parameters."""
        return type(self)(**self.get_params())


def defaults(owner: type) -> dict[str, Any]:
    """Return the parameters of the constructor that have a default, with these defaults, in order."""
    return dict(_defaults(owner))


@cache
def _defaults(owner: type) -> tuple[tuple[str, Any], ...]:
    parameters = inspect.signature(owner).parameters.items()
    return tuple(
        (name, parameter.default) for name, parameter in parameters if parameter.default is not parameter.empty
    )


def check(owner: str, constraints: Mapping[str, Constraint], values: Mapping[str, Any]) -> None:
    """Raise InputError, naming ``owner.name``, for the first value that its constraint does not allow."""
    for name, constraint in constraints.items():
        if not constraint.allows(values[name]):
            raise InputError(f"{owner}.{name}: {shown(values[name])} is not allowed (allowed: {constraint})")


def parse(owner: str, constraints: Mapping[str, Constraint], name: str, text: str) -> Any:
    """Convert the text of one parameter to a value and check it. Raises InputError naming ``--set owner.name``."""
    if not constraints:
        raise InputError(f"--set {owner}.{name}: {owner} has no parameters (allowed: leave it out)")
    if name not in constraints:
        raise unknown(f"--set {owner}.{name}", name, constraints)
    constraint = constraints[name]
    try:
        value = constraint.parse(text.strip())
    except ValueError:
        raise InputError(f"--set {owner}.{name}: {shown(text)} is not allowed (allowed: {constraint})") from None
    check(f"--set {owner}", {name: constraint}, {name: value})
    return value
