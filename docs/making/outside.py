"""Pages of the repository that are outside of ``docs``: copied into the site, with links in both directions.

On GitHub a page links to ``../CONTRIBUTING.md``, which Sphinx does not find, because it reads only ``docs``. So each of
these pages is copied when the site is built, and links are changed to lead to the copy, and from the copy back.
"""

import re
from functools import partial
from pathlib import Path
from typing import Any

from making.places import DOCS, ROOT

# From the path in the repository to the path of the copy in ``docs``.
COPIES = {
    "CONTRIBUTING.md": "made/contributing.md",
    "CHANGELOG.md": "made/changelog.md",
    "datasets/README.md": "made/data-files.md",
}
_TARGET = re.compile(r"(?<=\]\()(?P<path>[^)#\s:]+)")


def copy_pages(docs: Path = DOCS) -> None:
    """Write the copies."""
    for page, copy in COPIES.items():
        folder = (ROOT / page).parent
        text = _TARGET.sub(partial(_from_copy, folder), (ROOT / page).read_text("utf-8"))
        (docs / copy).parent.mkdir(parents=True, exist_ok=True)
        (docs / copy).write_text(text, "utf-8")


def _from_copy(folder: Path, link: re.Match[str]) -> str:
    """Return what a link of a page in a folder outside of ``docs`` is in its copy, one folder below ``docs``."""
    target = link["path"]
    path = (folder / target).resolve()
    if path.is_relative_to(DOCS):
        return f"../{path.relative_to(DOCS)}"
    copy = COPIES.get(str(path.relative_to(ROOT))) if path.is_relative_to(ROOT) else None
    return f"../{copy}" if copy else target


def links_to_copies(app: Any, name: str, source: list[str]) -> None:
    """Change the links of a page of ``docs``, when Sphinx reads it, to lead to the copies."""
    if not name.startswith("made/"):
        source[0] = _TARGET.sub(lambda link: _to_copy(link["path"]), source[0])


def _to_copy(target: str) -> str:
    return COPIES.get(target.removeprefix("../"), target) if target.startswith("../") else target
