"""The source code of plug-ins: its digest becomes part of run keys, and its text part of run files."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution, distributions, packages_distributions
from importlib.util import find_spec
from inspect import getmodulename
from pathlib import Path

from mihash_bench.imports import files_imported

# The text of larger plug-ins is not kept in run files; its digests are.
KEPT_BYTES = 500_000
# Python itself writes into these while code runs.
_COMPILED = "__pycache__"


@dataclass(frozen=True)
class SourceCode:
    """The files that define a class of a plug-in.

    origin: a name without folders, such as ``my.py`` or ``package 1.2``. digests: SHA-256 of each file, by its path
    relative to the plug-in's folder. texts: the text of each Python file; empty if they are too large together.
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
    whole = path.resolve()
    return _code(path.name, dict.fromkeys(files_imported(whole), whole.parent))


@cache
def code_of_module(name: str) -> SourceCode:
    """Return the code that an importable module belongs to.

    For a module of a package, that is every file of the package, also those that are not Python. For a single file, it
    is the file and what it imports from its folder, without other packages that are installed there. Raises ImportError
    if there is no such module.
    """
    top = name.partition(".")[0]
    spec = find_spec(top)
    if spec is None:
        raise ImportError(f"there is no module {top}")
    return _code(_named(top), _files_of_module(top, spec))


def _files_of_module(top: str, spec: ModuleSpec) -> dict[Path, Path]:
    """Return the files of a top-level module, each with the folder that it is named relative to."""
    if spec.submodule_search_locations is None:
        path = Path(str(spec.origin)).absolute()
        owners = packages_distributions()
        same = files_imported(path, lambda module: owners.get(module) == owners.get(top))
        return dict.fromkeys(same, path.parent)
    # A package without __init__.py may have several folders.
    folders = [Path(each).absolute() for each in spec.submodule_search_locations]
    return {
        path: folder.parent
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and _COMPILED not in path.parts
    }


def _named(top: str) -> str:
    """Return name and version of the installed package that a module belongs to, or the module's name."""
    for distribution in distributions():
        if _contains(distribution, top):
            return f"{distribution.metadata['Name']} {distribution.version}"
    return top


def _contains(distribution: Distribution, top: str) -> bool:
    """Return whether a top-level module is of this distribution.

    The same follows from ``packages_distributions``, which reads the file lists of everything that is installed.
    """
    declared = distribution.read_text("top_level.txt")
    if declared:
        return top in declared.split()
    listed = distribution.read_text("RECORD") or ""
    files = (line.partition(",")[0] for line in listed.splitlines() if line.startswith((f"{top}/", f"{top}.")))
    return any(file.endswith(".py") if "/" in file else getmodulename(file) == top for file in files)


def _code(origin: str, files: Mapping[Path, Path]) -> SourceCode:
    """Return the code in some files. files: each with the folder that it is named relative to."""
    named = {path.relative_to(folder).as_posix(): path for path, folder in files.items()}
    digests = {name: _sha256(path) for name, path in named.items()}
    python = {name: path for name, path in named.items() if path.suffix == ".py"}
    small = sum(path.stat().st_size for path in python.values()) <= KEPT_BYTES
    return SourceCode(origin, digests, dict(_texts(python)) if small else {})


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _texts(files: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    for name, path in files.items():
        # Python source in another encoding is known by its digest only.
        with suppress(UnicodeDecodeError):
            yield name, path.read_bytes().decode()
