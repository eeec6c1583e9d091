"""``--set owner.parameter=value,value``: all combinations of the values, with defaults for other parameters."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from mihash_bench.errors import InputError, unknown
from mihash_bench.parameters import defaults, parse
from mihash_bench.registry import (
    BACKBONES,
    BATCH_METHODS,
    DATASETS,
    DEEP_METHODS,
    ENGINES,
    METHODS,
    POLICIES,
    PROTOCOLS,
)

OWNERS = (METHODS, BATCH_METHODS, DEEP_METHODS, DATASETS, BACKBONES, POLICIES, PROTOCOLS, ENGINES)
# Bits and seeds have their own options.
OWN_OPTIONS = ("n_bits", "random_state")


class ParameterGrid:
    """The values that ``--set`` gives to methods, datasets, backbones, table policies and protocols of a
    sweep.

    owners: the classes of the sweep by name; each has ``constraints``. Raises InputError if a text is malformed, names
    none of them, or gives a value that is not allowed.
    """

    def __init__(self, texts: Sequence[str], owners: Mapping[str, Any]) -> None:
        self._values: dict[tuple[str, str], list[Any]] = {}
        for text in texts:
            owner, name, values = _read(text)
            if owner not in owners and any(owner in registry.names() for registry in OWNERS):
                chosen = ", ".join(owners)
                raise InputError(f"--set {text}: {owner} is not among what this sweep chooses ({chosen})")
            if owner not in owners:
                raise unknown(f"--set {text}: what this sweep chooses", owner, owners)
            constraints = owners[owner].constraints
            parsed = [*self._values.get((owner, name), []), *(parse(owner, constraints, name, v) for v in values)]
            self._values[owner, name] = list(dict.fromkeys(parsed))

    @classmethod
    def of(cls, texts: Sequence[str], owners: Mapping[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
        """Return each class with each of its full parameter sets; ``texts`` of other classes are left alone."""
        grid = cls([text for text in texts if text.partition(".")[0].strip() in owners], owners)
        return [(owner, given) for owner in owners.values() for given in grid.combinations(owner)]

    def count(self, owner: Any) -> int:
        """Return the number of parameter sets that ``combinations`` yields."""
        return math.prod(len(values) for (name, _), values in self._values.items() if name == owner.name)

    def combinations(self, owner: Any) -> Iterator[dict[str, Any]]:
        """Yield the full parameter sets of one class: each combination of its values, with defaults for the rest."""
        usual = {name: value for name, value in defaults(owner).items() if name not in OWN_OPTIONS}
        swept = {name: values for (named, name), values in self._values.items() if named == owner.name}
        for values in product(*swept.values()):
            yield {**usual, **dict(zip(swept, values, strict=True))}


def _read(text: str) -> tuple[str, str, list[str]]:
    target, equals, values = text.partition("=")
    owner, dot, name = target.strip().partition(".")
    listed = values.split(",")
    if not (equals and dot and owner and name and all(value.strip() for value in listed)):
        raise InputError(
            f"--set: cannot read {text!r} (allowed: NAME.PARAMETER=VALUE[,VALUE...], where NAME is a method, a "
            f"dataset, a backbone, a table policy or a protocol)"
        )
    return owner, name, listed
