"""Words that complete a command line: names, specs and ``--set`` values."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from mihash_bench.about.methods import KINDS, method_names
from mihash_bench.about.pages import shown_value
from mihash_bench.errors import InputError
from mihash_bench.parameters import Choice, Constraint, Flag, defaults
from mihash_bench.registry import BACKBONES, DATASETS, ENGINES, POLICIES, PROTOCOLS, Registry
from mihash_bench.settings.base import setting_of

OWNERS: tuple[Registry, ...] = (*KINDS.values(), DATASETS, BACKBONES, POLICIES, PROTOCOLS, ENGINES)


def methods_of_setting(setting: str | None) -> list[str]:
    """Return the names of a setting's methods, or of all methods if the setting is None or unknown."""
    if setting is None:
        return method_names()
    try:
        return setting_of(setting).methods.names()
    except InputError:
        return method_names()


def set_words(text: str, owners: Iterable[str]) -> list[str]:
    """Return what a value of ``--set`` that begins with ``text`` may become.

    These are ``owner.parameter=`` for each parameter of the owners, and after an equals sign the words that the
    parameter takes and its default, each after the values that are already there.
    """
    target, equals, values = text.partition("=")
    if not equals:
        # Only the classes that can be meant are imported.
        meant = [owner for owner in owners if f"{owner}.".startswith(text) or text.startswith(f"{owner}.")]
        return [f"{owner}.{parameter}=" for owner in meant for parameter in _constraints(owner)]
    owner, _, parameter = target.partition(".")
    before = f"{target}={values[: values.rfind(',') + 1]}"
    given = values.split(",")[:-1]
    found = dict.fromkeys(word for each in _classes(owner) for word in _values(each, parameter))
    return [f"{before}{word}" for word in found if word not in given]


def constraint_words(constraint: Constraint) -> list[str]:
    """Return the words that a constraint allows; empty if it allows numbers or any text."""
    if isinstance(constraint, Choice):
        return list(constraint.options)
    if isinstance(constraint, Flag):
        return ["on", "off"]
    return ["none"] if getattr(constraint, "none", False) else []


def _values(owner: Any, parameter: str) -> Iterator[str]:
    if parameter in owner.constraints:
        yield from constraint_words(owner.constraints[parameter])
        if parameter in defaults(owner):
            yield shown_value(defaults(owner)[parameter])


def _constraints(owner: str) -> list[str]:
    return list(dict.fromkeys(parameter for each in _classes(owner) for parameter in each.constraints))


def _classes(owner: str) -> Iterator[Any]:
    for registry in OWNERS:
        # The class of another package may not load.
        with suppress(InputError):
            if owner in registry.names():
                yield registry.get(owner)
