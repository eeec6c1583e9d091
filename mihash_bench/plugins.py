"""Classes of the user in a Python file or an importable module: methods, datasets, backbones, policies, protocols
and metrics."""

import inspect
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module, invalidate_caches
from importlib.machinery import SourceFileLoader, all_suffixes
from importlib.util import find_spec, module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

from mihash_bench.errors import InputError, shown
from mihash_bench.registry import (
    BACKBONES,
    BATCH_METHODS,
    DATASETS,
    DEEP_METHODS,
    METHODS,
    METRICS,
    POLICIES,
    PROTOCOLS,
    Registry,
    declared_fault,
)
from mihash_bench.source_code import SourceCode, code_of_file, code_of_module
from mihash_bench.text import message_of, one_line

KINDS: dict[str, Registry] = {
    "method": METHODS, "batch method": BATCH_METHODS, "end-to-end method": DEEP_METHODS, "dataset": DATASETS,
    "backbone": BACKBONES, "policy": POLICIES, "protocol": PROTOCOLS, "metric": METRICS,
}  # fmt: skip
# What tables, figures and messages need of a class besides its name.
NEEDED: dict[str, tuple[str, ...]] = {
    "method": ("title",), "batch method": ("title",), "end-to-end method": ("title",), "dataset": ("title", "examples"),
    "backbone": ("title", "pixels", "n_features", "mean", "std"),
    "policy": ("title",), "protocol": ("title",), "metric": ("title", "higher_is_better", "forms"),
}  # fmt: skip
ALLOWED = "a Python file such as my.py, or MODULE:CLASS of a module that can be imported"


@dataclass(frozen=True)
class Plugin:
    """A plug-in that is loaded in this process.

    spec: what loads it again in another process: an absolute path, or ``MODULE`` or ``MODULE:CLASS``. classes: the
    kind and the class of each class in it, in the order of their definition.
    """

    spec: str
    code: SourceCode
    classes: tuple[tuple[str, Any], ...]


_LOADED: dict[str, Plugin] = {}


def loaded_specs() -> tuple[str, ...]:
    """Return what loads the plug-ins of this process in another one."""
    return tuple(_LOADED)


def load_plugins(specs: Sequence[str], where: str = "--plugin") -> list[Plugin]:
    """Load plug-ins and add their classes to the registries.

    A plug-in that is loaded already is loaded again only if its files have changed. where: the name of the option in
    errors. Raises InputError if a plug-in cannot be loaded, defines no class, or a class has a name that is taken.
    """
    return [_load(spec, where) for spec in specs]


def _load(given: str, where: str) -> Plugin:
    path = Path(given)
    is_file = path.suffix == ".py" or path.exists()
    spec = str(path.resolve()) if is_file else given
    before = _LOADED.get(spec)
    code = _code_of_path(path, where) if is_file else None
    if before is not None and (code is None or code.digest == before.code.digest):
        return before
    if before is not None:
        _forget(before)
    found = _from_file(path, code, where) if code is not None else _from_module(given, where)
    plugin = Plugin(spec, *found)
    for kind, each in plugin.classes:
        _check_class(kind, each, plugin, f"{where}: {given}: class {each.__name__}")
    for kind, each in plugin.classes:
        KINDS[kind].add(each, plugin.code)
    _LOADED[spec] = plugin
    return plugin


def _check_class(kind: str, added: Any, plugin: Plugin, where: str) -> None:
    """Raise InputError if a class of a plug-in cannot be used, or has the name of another class."""
    if missing := [name for name in NEEDED[kind] if not hasattr(added, name)]:
        raise InputError(f"{where} has no {missing[0]} (allowed: a {kind} with {', '.join(('name', *NEEDED[kind]))})")
    if fault := declared_fault(added):
        raise InputError(f"{where} {fault}")
    try:
        KINDS[kind].check_name(added.name)
    except InputError as error:
        raise InputError(f"{where}: {str(error).partition(': ')[2]}") from None
    earlier = plugin.classes[: plugin.classes.index((kind, added))]
    for spec, classes in ((plugin.spec, earlier), *((other.spec, other.classes) for other in _LOADED.values())):
        for named in (each for of, each in classes if of == kind and each.name == added.name):
            whose = f"class {named.__name__} of {spec}"
            raise InputError(f"{where} has the name {added.name!r} of {whose} (allowed: another name)")


def _forget(plugin: Plugin) -> None:
    """Remove the classes and the modules of a plug-in whose files have changed."""
    for kind, each in plugin.classes:
        KINDS[kind].remove(each.name)
    folder = Path(plugin.spec).parent
    files = {str(folder / name) for name in plugin.code.digests}
    for name, module in list(sys.modules.items()):
        if getattr(module, "__file__", None) in files:
            del sys.modules[name]
    del _LOADED[plugin.spec]


def _code_of_path(path: Path, where: str) -> SourceCode:
    if not path.is_file():
        found = "it is no regular file" if path.exists() else "there is no such file"
        raise InputError(f"{where}: {path}: {found} (allowed: {ALLOWED})")
    try:
        return code_of_file(path)
    except OSError as error:
        raise InputError(f"{where}: {path}: cannot be read ({error.strerror})") from None
    except (SyntaxError, ValueError, RecursionError) as error:
        raise _not_loaded(path, where, error, {str(path.resolve())}) from None


def _from_file(path: Path, code: SourceCode, where: str) -> tuple[SourceCode, tuple[tuple[str, Any], ...]]:
    folder = path.resolve().parent
    files = {str(folder / name) for name in code.digests}
    if str(folder) not in sys.path:
        # At the end, so that a file of the user never takes the place of an installed module.
        sys.path.append(str(folder))
    invalidate_caches()
    module = _executed(path, where, files)
    _check_neighbors(path, code, where)
    if code_of_file(path).digest != code.digest:
        raise InputError(f"{where}: {path} changed while it was loaded (repeat the command)")
    classes = tuple(_classes(module, files))
    if not classes:
        raise _without_classes(f"{where}: {path}", module, files)
    return code, classes


def _check_neighbors(path: Path, code: SourceCode, where: str) -> None:
    """Raise InputError if a file beside a plug-in is not what the plug-in imports, because its name is taken."""
    folder = path.resolve().parent
    for name in code.digests:
        ending = next(each for each in all_suffixes() if name.endswith(each))
        module = name.removesuffix(ending).removesuffix("/__init__").replace("/", ".")
        if name == path.name or (origin := _origin(module)) == str(folder / name):
            continue
        taken = f"another module has the name {module}" if origin is None else f"{origin} has the same name"
        raise InputError(f"{where}: {path} does not get {name} beside it: {taken} (allowed: a name of its own)")


def _origin(module: str) -> str | None:
    """Return the file of a module that is imported or would be, or None."""
    if module in sys.modules:
        return getattr(sys.modules[module], "__file__", None)
    return getattr(_spec(module), "origin", None)


def _spec(module: str) -> Any:
    with suppress(ImportError, ValueError):
        return find_spec(module)
    return None


def _executed(path: Path, where: str, files: set[str]) -> ModuleType:
    name = _module_name(path)
    spec = spec_from_loader(name, SourceFileLoader(name, str(path.resolve())))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    # Compiled files tell two sources apart by size and second only, so none are written.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the user's code raises whatever it raises
        sys.modules.pop(name, None)
        raise _not_loaded(path, where, error, files) from None
    finally:
        sys.dont_write_bytecode = before
    return module


def _module_name(path: Path) -> str:
    """Return the name of the file, or a longer one if another module has that name."""
    name = path.stem
    is_taken = name in sys.modules or _spec(name) is not None
    return f"plugin_{name}" if is_taken and _origin(name) != str(path.resolve()) else name


def _from_module(spec: str, where: str) -> tuple[SourceCode, tuple[tuple[str, Any], ...]]:
    name, colon, wanted = spec.partition(":")
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts) or (colon and not wanted.isidentifier()):
        raise InputError(f"{where}: {shown(spec)} is not allowed (allowed: {ALLOWED})")
    try:
        module = import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the user's code raises whatever it raises
        if isinstance(error, ModuleNotFoundError) and error.name in (name, parts[0]):
            raise InputError(f"{where}: there is no module {name} (allowed: {ALLOWED})") from None
        raise _not_loaded(Path(name), where, error, set()) from None
    files = {str(module.__file__)}
    if not colon:
        classes = tuple(_classes(module, files))
    else:
        found = getattr(module, wanted, None)
        classes = tuple((kind, found) for kind, registry in KINDS.items() if registry.is_kind(found))
    if not classes:
        raise _without_classes(f"{where}: {spec}", module, files)
    # A module may offer a class that another package defines.
    return code_of_module(classes[0][1].__module__), classes


def _classes(module: ModuleType, files: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield kind and class of each usable class that a plug-in's own files define."""
    for value in _own_classes(module, files):
        if not inspect.isabstract(value):
            yield from ((kind, value) for kind, registry in KINDS.items() if registry.is_kind(value))


def _own_classes(module: ModuleType, files: set[str]) -> Iterator[Any]:
    for value in dict.fromkeys(value for value in vars(module).values() if inspect.isclass(value)):
        if getattr(sys.modules.get(value.__module__), "__file__", None) in files:
            yield value


def _without_classes(where: str, module: ModuleType, files: set[str]) -> InputError:
    """Return the error for a plug-in without a class; it says what the first class that comes near one lacks."""
    for value in _own_classes(module, files):
        kind = next((kind for kind, registry in KINDS.items() if registry.derives(value)), None)
        if kind is not None:
            lacking = ", ".join(sorted(getattr(value, "__abstractmethods__", ()))) or "name"
            return InputError(f"{where}: class {value.__name__} has no {lacking} (allowed: a complete {kind})")
    kinds = "subclasses of OnlineHasher, BatchHasher, DatasetSource, Backbone or Metric with a name"
    return InputError(f"{where}: no class found (allowed: {kinds})")


def _not_loaded(path: Path, where: str, error: BaseException, files: set[str]) -> InputError:
    """Return the error for code that cannot be imported: file, line and reason, and where its traceback is."""
    place = str(path)
    if isinstance(error, SyntaxError):
        place = f"{Path(error.filename or path).name}, line {error.lineno}"
        said = f"SyntaxError: {error.msg}"
    else:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in files]
        place = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else place
        said = f"{type(error).__name__}: {message_of(error)}"
    return InputError(one_line(f"{where}: {path} cannot be imported: {place}: {said}{_logged(path, error)}"))


def _logged(path: Path, error: BaseException) -> str:
    """Write the traceback to a file and return a note that names it."""
    try:
        text = "".join(traceback.format_exception(error))
        prefix = f"mihash-bench-{path.stem[:40]}-"
        with tempfile.NamedTemporaryFile("w", prefix=prefix, suffix=".log", delete=False, errors="replace") as file:
            file.write(text)
        return f" (traceback in {file.name})"
    except Exception:  # noqa: BLE001 - the log is not needed for the message
        return ""
