"""Finding methods by name: the files of this package, and entry points of ``mihash_bench.methods``."""

import inspect
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules

from mihash_bench import methods
from mihash_bench.errors import InputError, unknown
from mihash_bench.methods.base import OnlineHasher

GROUP = "mihash_bench.methods"
_PLUMBING = {"base", "registry"}


def _built_in() -> list[str]:
    return [module.name for module in iter_modules(methods.__path__) if module.name not in _PLUMBING]


@cache
def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def names() -> list[str]:
    """Return the names of all methods, without importing any."""
    return sorted({*_built_in(), *_installed()})


def get(name: str) -> type[OnlineHasher]:
    """Return the class of one method. Raises InputError, naming ``--method`` and a near miss, if there is none."""
    if name in _built_in():
        module = import_module(f"{methods.__name__}.{name}")
        classes = [value for _, value in inspect.getmembers(module, inspect.isclass) if getattr(value, "name", None) == name]
        return classes[0]
    if name in _installed():
        return _checked(name, _installed()[name].load())
    raise unknown("--method", name, names())


def _checked(name: str, loaded: object) -> type[OnlineHasher]:
    if not (inspect.isclass(loaded) and issubclass(loaded, OnlineHasher) and loaded.name == name):
        raise InputError(f"--method: entry point {name!r} of {GROUP} is not an OnlineHasher of that name")
    return loaded
