"""Finding methods, datasets and metrics by name, among the modules of a package and among entry points."""

import inspect
import re
from collections.abc import Iterator
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

    package: the package with one module for each class, and the name of the entry point group by which other packages
    add classes. base: the name of the class in the package's ``base`` module from which all derive. option: the option
    that error messages name. A module's name is the class's ``name`` with underscores for hyphens. The module ``base``
    and modules whose name starts with an underscore define no class of the registry.
    """

    def __init__(self, package: str, base: str, option: str, plumbing: frozenset[str] = frozenset()) -> None:
        self.package, self.base, self.option, self.plumbing = package, base, option, plumbing | {"base"}

    @cached_property
    def _built_in(self) -> dict[str, str]:
        modules = (module.name for module in iter_modules(import_module(self.package).__path__))
        defining = (name for name in modules if not name.startswith("_") and name not in self.plumbing)
        return {name.replace("_", "-"): name for name in defining}

    @cached_property
    def _installed(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=self.package)}

    def names(self) -> list[str]:
        """Return all names, without importing any of the classes."""
        return sorted({*self._built_in, *self._installed})

    def classes(self) -> Iterator[Any]:
        """Yield all classes, first the built-in ones, each imported only when it is its turn."""
        for name in (*sorted(self._built_in), *sorted({*self._installed} - {*self._built_in})):
            yield self.get(name)

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


METHODS = Registry("mihash_bench.methods", "OnlineHasher", "--method", frozenset({"mihash_steps", "osh_steps"}))
BATCH_METHODS = Registry(
    "mihash_bench.batch",
    "BatchHasher",
    "--method",
    frozenset({"dtsh_steps", "protocol", "search_space", "single_layer"}),
)
DATASETS = Registry(
    "mihash_bench.datasets",
    "DatasetSource",
    "--dataset",
    frozenset({"cache", "mat5_header", "matlab", "prepare", "split", "stored_matrix"}),
)
METRICS = Registry("mihash_bench.metrics", "Metric", "--metric")
