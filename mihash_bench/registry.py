"""Finding methods and datasets by name: the files of a package, and entry points of the same group name."""

import inspect
import re
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules
from typing import Any

from mihash_bench.errors import InputError, unknown

# Names become folders of a results folder.
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Registry:
    """The classes of one kind.

    package: where their files are, also the group of entry points by which other packages add some; base: the name
    of the class in its ``base`` module that all derive from; option: what the user wrote a name for; plumbing: files
    of the package that hold none. A file's name is the class's ``name``, with underscores for hyphens.
    """

    def __init__(self, package: str, base: str, option: str, plumbing: frozenset[str] = frozenset()) -> None:
        self.package, self.base, self.option, self.plumbing = package, base, option, plumbing

    @cached_property
    def _built_in(self) -> dict[str, str]:
        modules = (module.name for module in iter_modules(import_module(self.package).__path__))
        return {name.replace("_", "-"): name for name in modules if name not in {"base", *self.plumbing} and not name.startswith("_")}

    @cached_property
    def _installed(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=self.package)}

    def modules(self) -> list[str]:
        """Return the dotted names of all modules of the package, helper modules included, without importing them."""
        return [f"{self.package}.{module.name}" for module in iter_modules(import_module(self.package).__path__)]

    def names(self) -> list[str]:
        """Return all names, without importing any of the classes."""
        return sorted({*self._built_in, *self._installed})

    def get(self, name: str) -> Any:
        """Return the class of that name. Raises InputError, naming the option and a near miss, if there is none."""
        if name in self._built_in:
            module = import_module(f"{self.package}.{self._built_in[name]}")
            return next(value for value in vars(module).values() if self._is(value, name))
        if name not in self._installed:
            raise unknown(self.option, name, self.names())
        if not SAFE_NAME.fullmatch(name):
            raise InputError(f"{self.option}: {name!r} is no name (allowed: letters, digits and . _ -)")
        loaded = self._installed[name].load()
        if not self._is(loaded, name):
            raise InputError(f"{self.option}: entry point {name!r} of {self.package} is no {self.base} of that name")
        return loaded

    def _is(self, value: object, name: str) -> bool:
        base = getattr(import_module(f"{self.package}.base"), self.base)
        return inspect.isclass(value) and issubclass(value, base) and getattr(value, "name", None) == name


METHODS = Registry("mihash_bench.methods", "OnlineHasher", "--method", frozenset({"base", "mihash_steps", "osh_steps"}))
BATCH_METHODS = Registry(
    "mihash_bench.batch",
    "BatchHasher",
    "--method",
    frozenset({"base", "dtsh_steps", "search_space", "single_layer"}),
)
DATASETS = Registry("mihash_bench.datasets", "DatasetSource", "--dataset")
SETTINGS = Registry("mihash_bench.settings", "Setting", "--setting")
