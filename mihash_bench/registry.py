"""Finds methods, datasets, metrics and settings by name: in this package, among entry points, and those added."""

import inspect
import re
import sys
from collections.abc import Iterator
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules
from typing import Any

from mihash_bench.errors import InputError, shown, unknown
from mihash_bench.source_code import SourceCode, code_of_module
from mihash_bench.text import message_of, one_line

# Names are used as folder names in a results folder.
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@cache
def _every_entry_point(paths: tuple[str, ...]) -> Any:
    """Return the entry points of all packages installed in ``sys.path``, which takes a while to find."""
    return entry_points()


class Registry:
    """The classes of one kind: built in, of installed packages, and added by ``add``.

    package: the package whose modules contain the built-in classes; also the group of the entry points with which other
    packages add classes. base: name of the class in the package's ``base`` module from which all classes derive.
    option: the command-line option that takes the names. more: for errors, where further names come from.

    A module is named after its class, with underscores instead of hyphens. Modules whose names start with an
    underscore and the module ``base`` contain no such class.
    """

    def __init__(self, package: str, base: str, option: str, more: str = "") -> None:
        self.package, self.base, self.option, self.more = package, base, option, more
        self._added: dict[str, tuple[Any, SourceCode | None]] = {}

    def add(self, added: Any, code: SourceCode | None = None) -> None:
        """Make a class known under its name for the rest of this process.

        code: the source of a plug-in's class, which becomes part of the keys of its runs; None for a class of this
        package, such as that of a dataset that the user has imported. A class that was added under the same name
        before is replaced. Raises InputError if the name is not a valid one, or is that of a class that is built in or
        of an installed package.
        """
        self.check_name(added.name)
        self._added[added.name] = (added, code)

    def check_name(self, name: str) -> None:
        """Raise InputError if a class that is added cannot have this name; see ``add``."""
        if not isinstance(name, str) or not SAFE_NAME.fullmatch(name):
            raise InputError(f"{self.option}: {name!r} is not a valid name (allowed: letters, digits and . _ -)")
        if name in self._built_in or name in self._installed:
            whose = "this package" if name in self._built_in else "an installed package"
            raise InputError(f"{self.option}: {name!r} is the name of a class of {whose} (allowed: another name)")

    def remove(self, name: str) -> None:
        """Forget a class that was added, if there is one with this name."""
        self._added.pop(name, None)

    def is_kind(self, value: object) -> bool:
        """Return whether a value is a class of this kind that can be used, with a name of its own."""
        return self.derives(value) and isinstance(getattr(value, "name", None), str)

    def derives(self, value: object) -> bool:
        """Return whether a value is a class that derives from the base class of this kind."""
        base = getattr(import_module(f"{self.package}.base"), self.base)
        return inspect.isclass(value) and issubclass(value, base)

    def code_if_known(self, name: str) -> SourceCode | None:
        """Return the source of a plug-in's class, and None for any other name, also for an unknown one."""
        return self.code_of(name) if name in self._added or name in self._installed else None

    def code_of(self, name: str) -> SourceCode | None:
        """Return the source of a plug-in's class, and None for a class of this package.

        Raises InputError if the class is unknown or cannot be loaded.
        """
        loaded = self.get(name)
        if name in self._built_in:
            return None
        return self._added[name][1] if name in self._added else code_of_module(loaded.__module__)

    @cached_property
    def _modules(self) -> list[str]:
        return sorted(module.name for module in iter_modules(import_module(self.package).__path__))

    @cached_property
    def _built_in(self) -> dict[str, str]:
        public = (name for name in self._modules if not name.startswith("_") and name != "base")
        return {name.replace("_", "-"): name for name in public}

    @cached_property
    def _installed(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in _every_entry_point(tuple(sys.path)).select(group=self.package)}

    def names(self) -> list[str]:
        """Return all names in alphabetical order, without importing any of the classes."""
        return sorted({*self._built_in, *self._installed, *self._added})

    def is_built_in(self, name: str) -> bool:
        """Return whether the class with this name, if there is one, is part of this package."""
        return name in self._built_in

    def modules(self) -> list[str]:
        """Return the full names of all modules of the package, including internal ones, without importing them."""
        return [f"{self.package}.{name}" for name in self._modules]

    def classes(self) -> Iterator[Any]:
        """Yield all classes, first the built-in ones, each imported only when it is its turn."""
        yield from self.built_in_classes()
        yield from self.added_classes()

    def built_in_classes(self) -> Iterator[Any]:
        """Yield the classes of this package, each imported only when it is its turn."""
        yield from map(self.get, sorted(self._built_in))

    def added_classes(self) -> Iterator[Any]:
        """Yield the classes of other packages and those that were added, each imported only when it is its turn."""
        yield from map(self.get, sorted({*self._installed, *self._added} - {*self._built_in}))

    def get(self, name: str) -> Any:
        """Return the class with this name.

        Raises InputError, naming the option and the closest known name, if there is no such class.
        """
        if name in self._built_in:
            return self._built_in_class(name)
        if name in self._added:
            return self._added[name][0]
        if name not in self._installed:
            raise unknown(self.option, name, self.names(), self.more)
        if not SAFE_NAME.fullmatch(name):
            raise InputError(f"{self.option}: {name!r} is not a valid name (allowed: letters, digits and . _ -)")
        loaded = self._load(name)
        if not self._is(loaded, name):
            raise InputError(
                f"{self.option}: entry point {name!r} of group {self.package} is not a subclass of {self.base} with "
                f"that name"
            )
        if fault := declared_fault(loaded):
            raise InputError(f"{self.option}: entry point {name!r} of group {self.package} {fault}")
        return loaded

    def _built_in_class(self, name: str) -> Any:
        # Found once, because the checks of many run files ask for the same few classes.
        if name not in self._found:
            module = import_module(f"{self.package}.{self._built_in[name]}")
            self._found[name] = next(value for value in vars(module).values() if self._is(value, name))
        return self._found[name]

    @cached_property
    def _found(self) -> dict[str, Any]:
        return {}

    def _load(self, name: str) -> Any:
        try:
            return self._installed[name].load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - code of another package raises whatever it raises
            reason = one_line(f"{type(error).__name__}: {message_of(error)}")
            raise InputError(
                f"{self.option}: entry point {name!r} of group {self.package} cannot be loaded ({reason})"
            ) from None

    def _is(self, value: object, name: str) -> bool:
        return self.derives(value) and getattr(value, "name", None) == name


def declared_fault(added: Any) -> str:
    """Return what is wrong with the title or the version that a class declares, or an empty text."""
    title, version = getattr(added, "title", None), getattr(added, "version", 1)
    if not isinstance(title, str) or not title.strip():
        return f"has the title {shown(title)} (allowed: a text)"
    if type(version) is not int or version < 1:
        return f"has the version {shown(version)} (allowed: a whole number of at least 1)"
    return ""


OWN_CLASS = "one of your own is given with --plugin FILE.py"
METHODS = Registry("mihash_bench.methods", "OnlineHasher", "--method", OWN_CLASS)
BATCH_METHODS = Registry("mihash_bench.batch", "BatchHasher", "--method", OWN_CLASS)
DEEP_METHODS = Registry("mihash_bench.deep.methods", "DeepHasher", "--method", OWN_CLASS)
BACKBONES = Registry("mihash_bench.deep.backbones", "Backbone", "--backbone", OWN_CLASS)
POLICIES = Registry("mihash_bench.policies", "TablePolicy", "--policy", OWN_CLASS)
PROTOCOLS = Registry("mihash_bench.protocols", "DataProtocol", "--protocol", OWN_CLASS)
DATASETS = Registry("mihash_bench.datasets", "DatasetSource", "--dataset", OWN_CLASS)
METRICS = Registry("mihash_bench.metrics", "Metric", "--metric")
SETTINGS = Registry("mihash_bench.settings", "Setting", "--setting")
ENGINES = Registry("mihash_bench.engines", "Engine", "--engine")
