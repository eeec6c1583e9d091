"""The source code of plug-ins: its digest becomes part of run keys, and its text part of run files."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from modulefinder import ModuleFinder
from pathlib import Path

# The text of larger plug-ins is not kept in run files; its digests are.
KEPT_BYTES = 500_000
_CODE_SUFFIXES = frozenset({".py", ".so", ".pyd"})


@dataclass(frozen=True)
class SourceCode:
    """The files that define a class of a plug-in.

    origin: a name without folders, such as ``my.py`` or ``package 1.2``. digests: SHA-256 of each file, by its path
    relative to the plug-in's folder. texts: the text of each Python file; empty if all files together are too large.
    """

    origin: str
    digests: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 over the names and digests of all files, and over the package's version if there is one."""
        facts = [self.origin if " " in self.origin else "", sorted(self.digests.items())]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def code_of_file(path: Path) -> SourceCode:
    """Return the code of a Python file and of the modules beside it that it imports, directly or not.

    Raises OSError if a file cannot be read, and SyntaxError or ValueError if one is not Python.
    """
    folder = path.resolve().parent
    finder = ModuleFinder([str(folder)])
    finder.run_script(str(path.resolve()))
    files = (getattr(each, "__file__", None) for each in finder.modules.values())
    found = {Path(file).resolve() for file in files if file}
    return _code(path.name, folder, sorted({path.resolve(), *found}))


@cache
def code_of_module(name: str) -> SourceCode:
    """Return the code of the package, or of the single file, that contains an importable module.

    Raises ImportError if there is no such module.
    """
    top = name.partition(".")[0]
    spec = find_spec(top)
    if spec is None:
        raise ImportError(f"there is no module {top}")
    if spec.submodule_search_locations:
        folder = Path(next(iter(spec.submodule_search_locations)))
        files = sorted(path for path in folder.rglob("*") if path.suffix in _CODE_SUFFIXES and path.is_file())
        return _code(_named(top), folder.parent, files)
    path = Path(str(spec.origin))
    return _code(_named(top), path.parent, [path])


def _named(top: str) -> str:
    """Return name and version of the installed package that a module belongs to, or the module's name."""
    for distribution in packages_distributions().get(top, []):
        try:
            return f"{distribution} {version(distribution)}"
        except PackageNotFoundError:
            continue
    return top


def _code(origin: str, folder: Path, files: list[Path]) -> SourceCode:
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    small = sum(map(len, contents.values())) <= KEPT_BYTES
    return SourceCode(origin, digests, dict(_texts(contents)) if small else {})


def _texts(contents: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    for name, content in contents.items():
        if name.endswith(".py"):
            # Python source in another encoding is known by its digest only.
            with suppress(UnicodeDecodeError):
                yield name, content.decode()
