"""What every class of a plug-in declares: its title, its version and its parameters.

Values of parameters are part of a run's config and key, so a parameter that is not declared would be missing there.
"""

import inspect
import json
from collections.abc import Callable
from typing import Any

# Given by the command line and not by --set.
_OF_METHODS = ("n_bits", "random_state")


def check_it_has_a_title_and_a_version(made: Callable[..., Any]) -> None:
    """The class has a ``title``, which is a text for tables and figures, and a ``version``, a whole number from 1."""
    owner = _class_of(made)
    title, version = getattr(owner, "title", None), getattr(owner, "version", None)
    assert isinstance(title, str), f"title is {title!r}"
    assert title.strip(), "title is empty"
    assert type(version) is int, f"version is {version!r}"
    assert version >= 1, f"version is {version}"


def check_every_parameter_is_declared(made: Callable[..., Any]) -> None:
    """Every keyword of the constructor has a default, and an entry in ``constraints`` that allows this default.

    ``n_bits`` and ``random_state`` of a method need no entry. ``constraints`` has no other entries.
    """
    owner = _class_of(made)
    parameters = inspect.signature(owner).parameters
    for name, parameter in parameters.items():
        assert parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL), f"the constructor takes *{name}"
        assert parameter.default is not parameter.empty, f"the parameter {name} has no default"
        if name in _OF_METHODS:
            continue
        assert name in owner.constraints, f"the parameter {name} is not in constraints"
        allowed = owner.constraints[name]
        assert allowed.allows(parameter.default), f"the default {name}={parameter.default!r} is not {allowed}"
        _is_plain(name, parameter.default)
    foreign = [name for name in owner.constraints if name not in parameters]
    assert not foreign, f"constraints has {', '.join(foreign)}, which the constructor does not take"


def check_parameters_are_stored_unchanged(made: Callable[..., Any]) -> None:
    """The constructor stores each parameter, as it is, in an attribute of the same name, and does nothing else."""
    owner = _class_of(made)
    given = {name: object() for name in inspect.signature(owner).parameters}
    created = owner(**given)
    for name, value in given.items():
        assert hasattr(created, name), f"there is no attribute {name}"
        assert getattr(created, name) is value, f"the attribute {name} is not what was given"


def _class_of(made: Callable[..., Any]) -> Any:
    """Return the class itself, also of a ``functools.partial`` of it."""
    return getattr(made, "func", made)


def _is_plain(name: str, value: Any) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        raise AssertionError(f"the default {name}={value!r} is no number, text, truth value or None") from None


DECLARED_CHECKS = (
    check_it_has_a_title_and_a_version,
    check_every_parameter_is_declared,
    check_parameters_are_stored_unchanged,
)
