"""The facts about what made the runs of a sweep, which their files keep: its files, its options and the software."""

import ast
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from sys import stdlib_module_names
from typing import Any

from mihash_bench.anonymous import anonymous, anonymous_path
from mihash_bench.experiment.options import Options
from mihash_bench.source_code import code_of_module
from mihash_bench.sweeps.code import PLUGINS
from mihash_bench.text import shortened, writable

# Packages that results may depend on, besides those in the attribute ``versions``.
PACKAGES = ("llvmlite", "threadpoolctl", "joblib", "pandas", "scikit-learn")
# Longer texts are shortened.
TEXT_CHARACTERS, FILE_CHARACTERS = 16_000, 64_000
MOST_ENTRIES = 500


def command_facts(command: str) -> dict[str, Any]:
    """Return the facts about a command, which must be anonymous."""
    return {"made_by": "command", "command": shortened(writable(command), FILE_CHARACTERS)}


def python_facts(function: str = "") -> dict[str, Any]:
    """Return the facts about runs that a Python program made. function: the function that it called, if it is known."""
    return {"made_by": "python", **({"call": function} if function else {})}


def file_fact(option: str, name: str | Path, text: str) -> dict[str, str]:
    """Return the fact about a sweep's TOML file: the option that named it, its name, its digest and its text."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    kept = shortened(writable(anonymous(text)), FILE_CHARACTERS)
    return {"option": option, "name": anonymous_path(name), "sha256": digest, "text": kept}


def sweep_facts(options: Options, plugins: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts about a sweep that do not depend on who asked for it.

    options: those that are not at their defaults are kept. plugins: the facts of ``code.plugin_facts``.
    """
    usual = options.defaults()
    given = {name: getattr(options, name) for name in options.declared()}
    changed = {name: _plain(value) for name, value in given.items() if value != usual[name]}
    return {"options": changed, "packages": _packages(plugins), "source_digest": source_digest()}


@cache
def source_digest() -> str:
    """Return SHA-256 over the names and digests of all files of this package's code."""
    return code_of_module("mihash_bench").digest


def _plain(value: Any) -> Any:
    """Return the value of an option for JSON, anonymous and of limited length."""
    if isinstance(value, tuple):
        left = len(value) - MOST_ENTRIES
        more = [f"... and {left} more"] if left > 0 else []
        return [*(_plain(each) for each in value[:MOST_ENTRIES]), *more]
    return shortened(writable(anonymous(value)), TEXT_CHARACTERS) if isinstance(value, str) else value


def _packages(plugins: Mapping[str, Any]) -> dict[str, str]:
    names = dict.fromkeys(PACKAGES)
    for each in plugins.get(PLUGINS, []):
        names |= dict.fromkeys(_imported(tuple(each["texts"].values())))
    return {name: found for name in names if (found := _version(name))}


@cache
def _imported(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the installed packages that Python files import, in the order of their names."""
    modules = {module for text in texts for module in _modules(text)} - stdlib_module_names
    known = packages_distributions() if modules else {}
    return tuple(sorted({name for module in modules for name in known.get(module, [])}))


def _modules(text: str) -> Iterator[str]:
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError):  # a file that the plug-in does not import
        return
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).partition(".")[0]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
