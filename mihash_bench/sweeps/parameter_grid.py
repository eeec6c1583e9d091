"""``--set owner.parameter=value,value``: every combination of the values, with defaults for the other parameters."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from mihash_bench.errors import InputError, unknown
from mihash_bench.parameters import defaults, parse

# Bits and seeds are options of their own.
OWN_OPTIONS = ("n_bits", "random_state")


class ParameterGrid:
    """The values named by ``--set`` for methods and datasets of a sweep.

    owners: the classes that take part, by name; each has ``constraints``. Raises InputError for a text that is
    malformed, names none of them, or gives a value that is not allowed.
    """

    def __init__(self, texts: Sequence[str], owners: Mapping[str, Any]) -> None:
        self._values: dict[tuple[str, str], list[Any]] = {}
        for text in texts:
            owner, name, values = _read(text)
            if owner not in owners:
                raise unknown(f"--set {text}: method or dataset of this sweep", owner, owners)
            constraints = owners[owner].constraints
            parsed = [*self._values.get((owner, name), []), *(parse(owner, constraints, name, v) for v in values)]
            self._values[owner, name] = list(dict.fromkeys(parsed))

    def count(self, owner: Any) -> int:
        """Return how many parameter sets ``combinations`` yields."""
        return math.prod(len(values) for (who, _), values in self._values.items() if who == owner.name)

    def combinations(self, owner: Any) -> Iterator[dict[str, Any]]:
        """Yield full parameter sets of one class: each combination of its values, defaults for the rest."""
        usual = {name: value for name, value in defaults(owner).items() if name not in OWN_OPTIONS}
        swept = {name: values for (who, name), values in self._values.items() if who == owner.name}
        for values in product(*swept.values()):
            yield {**usual, **dict(zip(swept, values, strict=True))}


def _read(text: str) -> tuple[str, str, list[str]]:
    target, equals, values = text.partition("=")
    owner, dot, name = target.strip().partition(".")
    listed = [value for value in values.split(",") if value.strip()]
    if not (equals and dot and owner and name and listed):
        raise InputError(
            f"--set: cannot read {text!r} (allowed: METHOD.PARAMETER=VALUE[,VALUE...], also DATASET.PARAMETER)"
        )
    return owner, name, listed
