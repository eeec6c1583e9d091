"""Texts in figures."""

from textwrap import fill

from mihash_bench.text import one_line

# A figure grows with its texts, and a title in a run file can have thousands of characters.
MOST_CHARACTERS = 300
NOTHING = "(no name)"


def plain(text: str) -> str:
    """Return text that matplotlib shows as it is; a dollar sign would begin a formula."""
    return text.replace("$", r"\$")


def name_in(width: int, text: str, *, break_on_hyphens: bool = True) -> str:
    """Return a name as lines of up to ``width`` characters, with visible control characters and of limited length."""
    shown = one_line(text).strip() or NOTHING
    shown = shown if len(shown) <= MOST_CHARACTERS else f"{shown[:MOST_CHARACTERS]}..."
    return plain(fill(shown, width, break_on_hyphens=break_on_hyphens))
