"""Parts of a page that a measurement writes: what is between two marks, such as ``<!-- growth: begin -->``."""

from pathlib import Path


def write_part(page: Path, name: str, text: str) -> None:
    """Replace the part of a page that is called ``name``. Raises SystemExit if the page has not exactly one."""
    begin, end = (f"<!-- {name}: {word} -->" for word in ("begin", "end"))
    whole = page.read_text()
    if whole.count(begin) != 1 or whole.count(end) != 1:
        raise SystemExit(f"bench: {page}: not one part between {begin} and {end}")
    before, rest = whole.split(begin)
    page.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}")
