"""The docstring of a class: its prose, and the meaning of each parameter from the section "Parameters"."""

import inspect
import re
from collections.abc import Collection

# The title of a section, underlined as in numpydoc, with everything up to the next title.
_SECTION = re.compile(r"^(?P<title>\w[\w ]*)\n-{3,}\n(?P<body>.*?)(?=^\w[\w ]*\n-{3,}\n|\Z)", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"^(?P<names>\w+(?:, \w+)*) : (?P<first>.*(?:\n(?:[ \t].*|))*)", re.MULTILINE)


def prose_of(owner: type) -> str:
    """Return the docstring of a class without its section "Parameters"; empty if the class has no docstring."""
    return _plain(without_sections(_docstring(owner), ("Parameters",)))


def meanings_of(owner: type) -> dict[str, str]:
    """Return what the parameters mean, each in one line, from the docstrings of a class and its base classes.

    An entry is ``name : meaning`` or ``name, name : meaning``; its further lines are indented. What a class says takes
    precedence over what its base classes say.
    """
    found: dict[str, str] = {}
    for each in reversed(owner.__mro__):
        found |= entries_of(_docstring(each), "Parameters")
    return found


def entries_of(docstring: str, title: str) -> dict[str, str]:
    """Return the entries of the sections of a docstring that have a title, each meaning in one line."""
    sections = [found["body"] for found in _SECTION.finditer(docstring) if found["title"] == title]
    return {name: meaning for body in sections for name, meaning in _entries(body).items()}


def without_sections(docstring: str, titles: Collection[str]) -> str:
    """Return a docstring without its sections that have one of the titles."""
    return _SECTION.sub(lambda found: "" if found["title"] in titles else found[0], docstring).strip()


def _plain(text: str) -> str:
    return text.replace("``", "`")


def _docstring(owner: type) -> str:
    # Not inspect.getdoc, which returns the contract of the base class for a class without a docstring.
    return inspect.cleandoc(owner.__doc__ or "")


def _entries(body: str) -> dict[str, str]:
    return {
        name: _plain(" ".join(entry["first"].split()))
        for entry in _ENTRY.finditer(body)
        for name in entry["names"].split(", ")
    }
