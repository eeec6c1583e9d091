"""Which files a Python file imports from its own folder, found in its text without running it."""

import ast
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder
from pathlib import Path

# Calls that import a module by the text of its name.
_BY_NAME = frozenset({"import_module", "__import__"})


def files_imported(path: Path, is_wanted: Callable[[str], bool] = lambda top: True) -> list[Path]:
    """Return a Python file and all files below its folder that it imports, directly or not, in alphabetical order.

    Imports within functions count, and so do ``import_module("name")`` and packages without ``__init__.py``. Names that
    are put together while the code runs are not known. path: absolute. is_wanted: given the name of each module or
    package of the folder, says whether it counts. Raises OSError if a file cannot be read, and SyntaxError or
    ValueError if the first one is not Python.
    """
    # A file that was written a moment ago would not be found.
    PathFinder.invalidate_caches()
    waiting, found = _beside(path, path.parent, is_wanted), {path}
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            # Code that is not Python ends the run that imports it, with the reason.
            with suppress(SyntaxError, ValueError, RecursionError):
                waiting += _beside(file, path.parent, is_wanted)
    return sorted(found)


def modules_named(text: bytes | str, package: tuple[str, ...] = (), file: str = "") -> Iterator[str]:
    """Yield the full name of each module that Python code may import; ``a.*`` stands for all modules of package ``a``.

    package: the package of the file, by which relative imports are resolved. Raises SyntaxError or ValueError if the
    text is not Python.
    """
    for node in ast.walk(ast.parse(text, file or "<unknown>")):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _from(node, package)
        elif isinstance(node, ast.Call) and _called(node) in _BY_NAME:
            yield from (
                name for name in map(_text, node.args[:1]) if all(part.isidentifier() for part in name.split("."))
            )


def _from(node: ast.ImportFrom, package: tuple[str, ...]) -> Iterator[str]:
    """Yield the names of ``from a import b``: b may be a module of package a."""
    above = package[: len(package) + 1 - node.level] if node.level else ()
    if node.level <= len(package):
        base = [*above, *filter(None, [node.module])]
        yield from (".".join([*base, alias.name]) for alias in node.names)


def _called(node: ast.Call) -> str:
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))


def _text(node: ast.expr) -> str:
    """Return the text that an expression is, or ""."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _beside(file: Path, folder: Path, is_wanted: Callable[[str], bool]) -> list[Path]:
    if file.name.endswith(tuple(EXTENSION_SUFFIXES)):
        return []
    names = set(modules_named(file.read_bytes(), file.relative_to(folder).parent.parts, str(file)))
    return [each for name in names if is_wanted(name.partition(".")[0]) for each in _files_of(name, folder)]


def _files_of(name: str, folder: Path) -> Iterator[Path]:
    """Yield the files of a module and of the packages around it, as far as they are below the folder."""
    places = [str(folder)]
    for part in name.split("."):
        if part == "*":
            yield from (path for place in places for path in sorted(Path(place).glob("*.py")))
            return
        spec = PathFinder.find_spec(part, places) if places else None
        if spec is None:
            return
        if spec.origin is not None and spec.has_location:
            yield Path(spec.origin)
        places = [*(spec.submodule_search_locations or [])]
