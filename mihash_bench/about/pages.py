"""Parts that the descriptions of methods, datasets and metrics have in common."""

import textwrap
from collections.abc import Iterator, Mapping

from mihash_bench.about.citations import bibtex, unknown_keys
from mihash_bench.about.docstrings import meanings_of
from mihash_bench.parameters import Constraint, defaults
from mihash_bench.text import one_line, printable

WIDTH = 100


def citation_of(owner: type) -> str:
    """Return the ``citation`` of a class, which plug-ins may leave out."""
    return str(getattr(owner, "citation", "") or "")


def parameter_lines(owner: type, name: str, constraints: Mapping[str, Constraint]) -> Iterator[str]:
    """Yield the parameters that ``--set`` takes, each with default, allowed values and meaning."""
    if not constraints:
        yield "Parameters: none"
        return
    yield "Parameters with their defaults"
    initial, meanings = defaults(owner), meanings_of(owner)
    for parameter, constraint in constraints.items():
        default = shown_value(initial[parameter]) if parameter in initial else "VALUE"
        yield one_line(f"  --set {name}.{parameter}={default}  (allowed: {constraint})")
        yield from wrapped(meanings.get(parameter, "The docstring does not say what it means."), "      ")


def citation_lines(owner: type) -> Iterator[str]:
    """Yield the BibTeX entries of a class, or that it cites nothing."""
    citation = citation_of(owner)
    entries = bibtex([citation])
    yield "BibTeX" if entries else "BibTeX: none"
    yield from map(printable, entries)
    if missing := unknown_keys(citation):
        yield f"No BibTeX is known for {', '.join(map(one_line, missing))}; the class may give it as its citation."


def wrapped(text: str, indent: str) -> list[str]:
    """Return a text as indented lines."""
    return textwrap.wrap(one_line(text), WIDTH, initial_indent=indent, subsequent_indent=indent)


def shown_value(value: object) -> str:
    """Return a value as ``--set`` takes it."""
    words = {True: "on", False: "off", None: "none"}
    return words[value] if isinstance(value, bool | None) else str(value)
