"""The sections "Parameters" and "Attributes" of a docstring, as Sphinx understands them.

An entry is ``name : meaning``. The readers of numpydoc that exist take what follows the colon for a type.
"""

import re
from collections.abc import Iterator
from typing import Any

from mihash_bench.about.docstrings import entries_of, meanings_of, without_sections


def sections_for_sphinx(app: Any, what: str, name: str, documented: Any, options: Any, lines: list[str]) -> None:
    """Replace both sections of a class, which are at the end of its docstring."""
    if what == "class":
        docstring = "\n".join(lines)
        prose = without_sections(docstring, ("Parameters", "Attributes"))
        lines[:] = [*prose.splitlines(), "", *_attributes(docstring), *_parameters(documented), ""]


def _parameters(documented: type) -> Iterator[str]:
    for name, meaning in meanings_of(documented).items():
        yield f":param {name}: {_code(meaning)}"


def _attributes(docstring: str) -> Iterator[str]:
    if entries := entries_of(docstring, "Attributes"):
        yield from (".. rubric:: Attributes", "")
    for name, meaning in entries.items():
        yield from (f"``{name}``", f"    {_code(meaning)}", "")


def _code(meaning: str) -> str:
    return re.sub(r"`([^`]*)`", r"``\1``", meaning)
