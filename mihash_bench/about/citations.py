"""BibTeX of what methods, datasets and metrics cite.

A class states in its attribute ``citation`` where it was published: keys of ``citations.bib`` separated by commas, or
complete BibTeX entries, which begin with ``@``.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

_ENTRY = re.compile(r"^@\w+\{(?P<key>[^,\s]+),.*?^\}$", re.MULTILINE | re.DOTALL)


@cache
def known_entries() -> dict[str, str]:
    """Return the entries of ``citations.bib`` by key, in the order of the file."""
    text = files("mihash_bench.about").joinpath("citations.bib").read_text("utf-8")
    return {found["key"]: found[0] for found in _ENTRY.finditer(text)}


def entries_of(citation: str) -> list[str]:
    """Return the BibTeX entries of a class's ``citation``. Keys that are not in ``citations.bib`` are left out."""
    if citation.lstrip().startswith("@"):
        return [citation.strip()]
    known = known_entries()
    return [known[key] for key in _keys(citation) if key in known]


def unknown_keys(citation: str) -> list[str]:
    """Return the keys that a class cites without an entry in ``citations.bib``."""
    return [] if citation.lstrip().startswith("@") else [key for key in _keys(citation) if key not in known_entries()]


def bibtex(citations: Iterable[str]) -> list[str]:
    """Return the entries of several classes, each entry once, in the alphabetical order of their keys."""
    entries = {entry for citation in citations for entry in entries_of(citation)}
    return sorted(entries, key=lambda entry: entry.partition("{")[2])


def _keys(citation: str) -> list[str]:
    return [key.strip() for key in citation.split(",") if key.strip()]
