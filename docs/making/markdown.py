"""Pieces of Markdown."""

import re
from collections.abc import Iterable

_CODE = re.compile(r"(`[^`]*`)")


def prose(text: str) -> str:
    """Return the prose of a docstring as Markdown: what is not between backticks stands as it is written."""
    parts = _CODE.split(text)
    return "".join(part if part.startswith("`") else _escaped(part) for part in parts)


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_\[\]<>|$~])", r"\\\1", text)


def fence(text: str, language: str = "text") -> str:
    """Return a block of code, between more backticks than the text has in a row."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table; the cells are Markdown in which ``|`` is escaped here."""
    cells = [list(header), *map(list, rows)]
    cells.insert(1, ["---"] * len(cells[0]))
    return "\n".join("| " + " | ".join(re.sub(r"(?<!\\)\|", r"\\|", cell) for cell in row) + " |" for row in cells)


def contents(pages: Iterable[str], options: Iterable[str] = ("maxdepth: 1",)) -> str:
    """Return the table of contents of a page: the names of pages beside it."""
    return fence("\n".join([*(f":{option}" for option in options), "", *pages]), "{toctree}")
