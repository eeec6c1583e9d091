"""Classes of the user: methods, batch methods, datasets and metrics in a Python file or an importable module."""

import inspect
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

from mihash_bench.errors import InputError, shown
from mihash_bench.registry import BATCH_METHODS, DATASETS, METHODS, METRICS, Registry
from mihash_bench.source_code import SourceCode, code_of_file, code_of_module
from mihash_bench.text import message_of, one_line

KINDS: dict[str, Registry] = {
    "method": METHODS, "batch method": BATCH_METHODS, "dataset": DATASETS, "metric": METRICS
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
        _add(KINDS[kind], each, plugin.code, f"{where}: {given}")
    _LOADED[spec] = plugin
    return plugin


def _add(registry: Registry, added: Any, code: SourceCode, where: str) -> None:
    for other in _LOADED.values():
        if any(KINDS[kind] is registry and each.name == added.name for kind, each in other.classes):
            raise InputError(f"{where}: class {added.__name__} has the name {added.name!r} of a class of {other.spec}")
    try:
        registry.add(added, code)
    except InputError as error:
        raise InputError(f"{where}: class {added.__name__}: {str(error).partition(': ')[2]}") from None


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
    try:
        if not path.is_file():
            found = "it is no regular file" if path.exists() else "there is no such file"
            raise InputError(f"{where}: {path}: {found} (allowed: {ALLOWED})")
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
    module = _executed(path, where, files)
    if code_of_file(path).digest != code.digest:
        raise InputError(f"{where}: {path} changed while it was loaded (repeat the command)")
    classes = tuple(_classes(module, files))
    if not classes:
        raise _without_classes(f"{where}: {path}")
    return code, classes


def _executed(path: Path, where: str, files: set[str]) -> ModuleType:
    name = _module_name(path)
    spec = spec_from_loader(name, SourceFileLoader(name, str(path.resolve())))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the user's code raises whatever it raises
        sys.modules.pop(name, None)
        raise _not_loaded(path, where, error, files) from None
    return module


def _module_name(path: Path) -> str:
    """Return the name of the file, or a longer one if another module has that name."""
    name = path.stem
    taken: Any = sys.modules.get(name)
    with suppress(ImportError, ValueError):
        taken = taken or find_spec(name)
    origin = getattr(taken, "origin", None) or getattr(taken, "__file__", None)
    return name if taken is None or origin == str(path.resolve()) else f"plugin_{name}"


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
    code = code_of_module(name)
    if not colon:
        classes = tuple(_classes(module, {str(module.__file__)}))
    else:
        found = getattr(module, wanted, None)
        classes = tuple((kind, found) for kind, registry in KINDS.items() if registry.is_kind(found))
    if not classes:
        raise _without_classes(f"{where}: {spec}")
    return code, classes


def _classes(module: ModuleType, files: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield kind and class of each usable class that a plug-in's own files define."""
    for value in dict.fromkeys(value for value in vars(module).values() if inspect.isclass(value)):
        home = sys.modules.get(value.__module__)
        if inspect.isabstract(value) or getattr(home, "__file__", None) not in files:
            continue
        yield from ((kind, value) for kind, registry in KINDS.items() if registry.is_kind(value))


def _without_classes(where: str) -> InputError:
    kinds = "subclasses of OnlineHasher, BatchHasher, DatasetSource or Metric with a name"
    return InputError(f"{where}: no class found (allowed: {kinds}; `mihash-bench new method my.py` writes an example)")


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
